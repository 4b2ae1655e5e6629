"""The applications that are measured: Django's admin and Wagtail's, each in several versions."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

from api.stack.packages import LOCKS
from benchmarks.elements.sites import REPORT, TRAINING
from e2e import demo
from e2e.demo.site import AFTER, BEFORE

REFERENCES = Path(__file__).parents[1] / "references"
PEOPLE = ("ada", "grace", "linus", "margaret", "dennis")


@dataclass(frozen=True)
class Version:
    """A version of an application: the lock file that names it, and a theme that is laid over it."""

    name: str
    lock: Path
    theme: Path | None = None


@dataclass(frozen=True)
class Application:
    """An application with its versions, oldest first.

    Attributes:
        program: serves it; run as `PROGRAM PORT DIRECTORY [THEME]`.
        pages: addresses by the page's name; of several, a version has the first that it answers.
        fill: called with a page of somebody who may do everything, and a password.
    """

    name: str
    split: str
    program: Path
    versions: tuple[Version, ...]
    pages: Mapping[str, tuple[str, ...]]
    fill: Callable[[Page, str], Awaitable[None]]


async def fill_django(page: Page, password: str) -> None:
    """Afterwards there are a few people and a group."""
    for person in PEOPLE:
        await page.goto("/admin/auth/user/add/")
        await page.fill("#id_username", person)
        await page.fill("#id_password1", password)
        await page.fill("#id_password2", password)
        await page.click("[name=_save]")
        await page.wait_for_url("**/change/**")
    await page.goto("/admin/auth/group/add/")
    await page.fill("#id_name", "Editors")
    await page.click("[name=_save]")
    await page.wait_for_url("**/admin/auth/group/")


async def fill_nothing(_page: Page, _password: str) -> None:
    """Its program has filled it."""


DJANGO = Application(
    "Django admin",
    TRAINING,
    Path(demo.__file__ or "").parent / "django_site.py",
    (
        Version("django-2.2", REFERENCES / "django-2.2.txt"),
        Version("django-3.2", REFERENCES / "django-3.2.txt"),
        Version("django-4.2", LOCKS / f"{BEFORE.group}.txt", BEFORE.theme),
        Version("django-5.2", LOCKS / f"{AFTER.group}.txt", AFTER.theme),
    ),
    {
        "index": ("/admin/",),
        "app": ("/admin/auth/",),
        "users": ("/admin/auth/user/",),
        "found-users": ("/admin/auth/user/?q=gr",),
        "staff": ("/admin/auth/user/?is_staff__exact=1",),
        "nobody": ("/admin/auth/user/?q=nobody",),
        "add-user": ("/admin/auth/user/add/",),
        "user": ("/admin/auth/user/2/change/",),
        "other-user": ("/admin/auth/user/3/change/",),
        "user-password": ("/admin/auth/user/2/password/",),
        "user-history": ("/admin/auth/user/2/history/",),
        "delete-user": ("/admin/auth/user/2/delete/",),
        "groups": ("/admin/auth/group/",),
        "add-group": ("/admin/auth/group/add/",),
        "group": ("/admin/auth/group/1/change/",),
        "group-history": ("/admin/auth/group/1/history/",),
        "delete-group": ("/admin/auth/group/1/delete/",),
        "own-password": ("/admin/password_change/",),
    },
    fill_django,
)
WAGTAIL_PAGES = """
    pages pages/1 pages/2 pages/2/edit pages/2/delete pages/2/move pages/2/copy pages/2/history
    pages/2/unpublish pages/2/privacy pages/usage/wagtailcore/page images images/add
    images/multiple/add documents documents/add documents/multiple/add users groups groups/new sites
    sites/new collections collections/add redirects redirects/add redirects/import reports/locked
    reports/site-history reports/workflow reports/aging-pages workflows/list workflows/add
    workflows/edit/1 workflows/tasks/index account password_reset forms
"""
WAGTAIL_MOVED = {
    "dashboard": ("/admin/",),
    "found": ("/admin/pages/search/?q=welcome",),
    "add-user": ("/admin/users/new/", "/admin/users/add/"),
    "user": ("/admin/users/edit/2/", "/admin/users/2/"),
    "delete-user": ("/admin/users/delete/2/", "/admin/users/2/delete/"),
    "group": ("/admin/groups/edit/1/", "/admin/groups/1/"),
    "site": ("/admin/sites/edit/1/", "/admin/sites/1/"),
}
WAGTAIL = Application(
    "Wagtail",
    REPORT,
    REFERENCES / "wagtail_site.py",
    tuple(
        Version(f"wagtail-{number}", REFERENCES / f"wagtail-{number}.txt")
        for number in ("3.0", "4.1", "5.2", "6.3", "7.2")
    ),
    {
        **{path.replace("/", "-"): (f"/admin/{path}/",) for path in WAGTAIL_PAGES.split()},
        **WAGTAIL_MOVED,
    },
    fill_nothing,
)
APPLICATIONS = (DJANGO, WAGTAIL)
