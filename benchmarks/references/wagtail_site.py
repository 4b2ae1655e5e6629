"""Wagtail's own admin, served from whichever Wagtail is on the path.

Run as `python wagtail_site.py PORT DIRECTORY`; the password of the user `admin` comes over standard
input. Prints `ready` once it answers. Nothing of the admin is changed.
"""

import sys
import types
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

PARTS = ("contrib.forms", "contrib.redirects", "embeds", "sites", "users", "snippets", "documents")
MORE_PARTS = ("images", "search", "admin")
OTHERS = ("modelcluster", "taggit")
DJANGO = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")


class ThreadedServer(ThreadingMixIn, WSGIServer):
    """One thread per request, as a browser opens several connections."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def configure(directory: Path) -> None:
    """The settings that `wagtail start` would give, as far as the admin needs them."""
    wagtail = [f"wagtail.{part}" for part in (*PARTS, *MORE_PARTS)]
    context = "django.template.context_processors.request"
    processors = ["auth.context_processors.auth", "messages.context_processors.messages"]
    settings.configure(
        SECRET_KEY="only for this measurement",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="urls",
        INSTALLED_APPS=[*wagtail, "wagtail", *OTHERS, *(f"django.contrib.{app}" for app in DJANGO)],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "wagtail.contrib.redirects.middleware.RedirectMiddleware",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": directory / "site.sqlite3",
                "OPTIONS": {"timeout": 20},
            }
        },
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        context,
                        *(f"django.contrib.{one}" for one in processors),
                    ]
                },
            }
        ],
        STATIC_URL="/static/",
        MEDIA_ROOT=str(directory / "media"),
        MEDIA_URL="/media/",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        WAGTAIL_SITE_NAME="Pages",
        WAGTAILADMIN_BASE_URL="http://127.0.0.1",
        WAGTAIL_ENABLE_UPDATE_CHECK=False,
        WAGTAIL_ENABLE_WHATS_NEW_BANNER=False,
    )
    django.setup()


def add_urls() -> None:
    """A module `urls` with the admin and the pages."""
    from django.urls import include, path

    urls = types.ModuleType("urls")
    vars(urls)["urlpatterns"] = [
        path("admin/", include("wagtail.admin.urls")),
        path("documents/", include("wagtail.documents.urls")),
        path("", include("wagtail.urls")),
    ]
    sys.modules["urls"] = urls


def fill(password: str) -> None:
    """The schema, and a few people of whom the first may do everything."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    people = get_user_model().objects
    people.create_superuser("admin", "admin@example.com", password)
    for name in ("ada", "grace", "linus"):
        people.create_user(name, f"{name}@example.com", password, first_name=name.title())


def main() -> None:
    """Serve until killed."""
    port, directory = int(sys.argv[1]), Path(sys.argv[2])
    configure(directory)
    add_urls()
    fill(sys.stdin.readline().strip())
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.handlers.wsgi import WSGIHandler

    application = StaticFilesHandler(WSGIHandler())
    with make_server("127.0.0.1", port, application, ThreadedServer, QuietHandler) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
