"""Django's own admin, served from whichever Django is on the path: the application under test.

Run as `python django_site.py PORT DIRECTORY [THEME]`; the password of the user `admin` comes over
standard input. Prints `ready` once it answers. Nothing of the admin is changed, unless THEME names a
directory of templates that go before its own.
"""

import sys
from pathlib import Path

import django
from django.conf import settings


def configure(directory: Path, themes: list[str]) -> None:
    """The settings `django-admin startproject` would give, as far as the admin needs them."""
    admin_apps = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
    settings.configure(
        SECRET_KEY="only for this demonstration",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="urls",
        INSTALLED_APPS=[f"django.contrib.{app}" for app in admin_apps],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
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
                "DIRS": themes,
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        STATIC_URL="/static/",
        USE_TZ=True,
        LOGGING={"version": 1, "loggers": {"django.server": {"propagate": False}}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    django.setup()


def add_urls() -> None:
    """A module `urls` with nothing but the admin."""
    import types

    from django.contrib import admin
    from django.urls import path

    urls = types.ModuleType("urls")
    vars(urls)["urlpatterns"] = [path("admin/", admin.site.urls)]
    sys.modules["urls"] = urls


def fill(password: str) -> None:
    """The schema, and one person who may do everything."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser("admin", "admin@example.com", password)


def main() -> None:
    """Serve until killed."""
    port, directory = int(sys.argv[1]), Path(sys.argv[2])
    configure(directory, sys.argv[3:])
    add_urls()
    fill(sys.stdin.readline().strip())
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    # Headers and body are written apart; the second would wait 40 ms for the first to be heard.
    WSGIRequestHandler.disable_nagle_algorithm = True
    with ThreadedWSGIServer(("127.0.0.1", port), WSGIRequestHandler) as server:
        server.set_app(StaticFilesHandler(WSGIHandler()))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
