"""A browser that somebody has signed in with stays known: others who guess do not lock him out of it."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from domain.accounts.attempts import Begun, LoginAttempt
from tests.factories.accounts import PASSWORD, Unlimited
from tests.fixtures.people import MakeMember
from tests.graph.accounts.asked import LOGIN, LOGOUT, REFRESH
from tests.graph.accounts.test_cookies import DEVICE, NAME, PAGE, Browser

pytestmark = pytest.mark.integration


@pytest.fixture
def browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[LoginAttempt]:
    """Every attempt to sign in, as it was counted."""
    attempts: list[LoginAttempt] = []

    async def begin_login(_: Unlimited, attempt: LoginAttempt) -> Begun:
        attempts.append(attempt)
        return Begun()

    monkeypatch.setattr(Unlimited, "begin_login", begin_login)
    return attempts


def device_set(browser: Browser) -> "Morsel[str] | None":
    """The cookie that the last answer marks the browser with, if it does."""
    for header in browser.answer.headers.get_list("set-cookie"):
        found: SimpleCookie = SimpleCookie(header)
        if DEVICE in found:
            return found[DEVICE]
    return None


async def test_signing_in_with_cookies_marks_the_browser_for_ninety_days(
    browser: Browser, workspace_member: MakeMember
):
    kim = await workspace_member()
    await browser.log_in(kim)
    marked = device_set(browser)
    assert marked is not None
    assert (marked["httponly"], marked["secure"], marked["path"]) == (True, True, "/")
    assert (marked["samesite"].lower(), marked["domain"]) == ("strict", "")
    assert (parsedate_to_datetime(marked["expires"]) - datetime.now(UTC)).days in (89, 90)
    assert marked.value not in browser.answer.text
    await browser.log_in(kim)
    again = device_set(browser)
    assert again is not None
    assert again.value != marked.value


async def test_neither_going_on_nor_signing_out_nor_failing_changes_that(
    browser: Browser, workspace_member: MakeMember
):
    kim = await workspace_member()
    payload = await browser.log_in(kim)
    await browser.ask(REFRESH)
    assert device_set(browser) is None
    await browser.ask(LOGOUT, access=payload["accessToken"])
    assert (browser.set_cookie()[1]["max-age"], device_set(browser)) == ("0", None)
    await browser.log_in(kim, password="wrong horse battery staple")
    assert device_set(browser) is None


async def test_a_program_is_not_marked(browser: Browser, workspace_member: MakeMember):
    await browser.log_in(await workspace_member(), refreshTokenIn="BODY")
    assert browser.answer.headers.get_list("set-cookie") == []


async def test_what_a_marked_browser_tries_is_counted_for_it_where_its_cookies_count(
    browser: Browser, workspace_member: MakeMember, counted: list[LoginAttempt]
):
    kim = await workspace_member()
    await browser.log_in(kim)
    marked = device_set(browser)
    assert marked is not None
    counted.clear()
    given = {"email": kim.person.email, "password": PASSWORD, "refreshTokenIn": "BODY"}
    cookie = f"{NAME}=x; {DEVICE}={marked.value}"
    evil = {**PAGE, "Origin": "https://evil.test"}
    for headers, sent in ((PAGE, cookie), (evil, cookie), (PAGE, f"{cookie}; {DEVICE}=x")):
        await browser.ask(LOGIN, headers, cookie=sent, **given)
    assert [bool(attempt.browser) for attempt in counted] == [True, False, False]
