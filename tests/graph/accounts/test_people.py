"""One's own account, as a client asks for it: made, proven, changed and ended."""

import asyncio

import httpx
import pytest
from sqlalchemy import update

from domain.accounts.models import UserSession
from domain.accounts.refresh import Refusal
from domain.mail.rules import TEMPLATES
from domain.shared.ids import new_id
from domain.shared.settings import Settings
from graph.support.ids import encode_id
from tests.factories.accounts import PASSWORD
from tests.factories.mails import APP_URL, Postbox, claim_of
from tests.fixtures.database import Databases
from tests.fixtures.people import Ask, MakeMember
from tests.graph.accounts.asked import (
    LOGIN,
    ME,
    NEW_PASSWORD,
    REFRESH,
    REGISTER,
    REQUEST_RESET,
    RESET,
    TERMS,
    VERIFY,
    do,
    join,
    log_in,
    new_address,
    registration,
    say,
    told,
)
from workers.mail.transport import FolderTransport
from workers.runners.mail import MailRunner

pytestmark = pytest.mark.integration

SESSIONS = "{ me { sessions { id device address isCurrent createdAt lastUsedAt expiresAt } } }"
END, END_ALL = say("endSession"), say("endAllSessions", "ended")
CHANGE_PASSWORD, CHANGE_MAIL = say("changePassword"), say("changeMail")
CONFIRM_MAIL, DELETE = say("confirmMail"), say("deleteAccount")
UPDATE = say("updateAccount", "account { displayName }")
ACCEPT = say("acceptTerms", "account { acceptedTerms acceptedTermsAt }")
PARALLEL = 200
UNCERTAIN = {"x-request-id", "date", "ratelimit-remaining", "ratelimit-reset", "ratelimit"}
POISON = {
    "Host": "evil.test",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Server": "evil.test",
    "X-Original-URL": "https://evil.test/",
    "X-Rewrite-URL": "https://evil.test/",
    "Forwarded": "host=evil.test;proto=http",
    "Origin": "https://evil.test",
    "Referer": "https://evil.test/",
}


async def test_from_registering_to_signing_in(ask: Ask, postbox: Postbox):
    email = new_address()
    await join(ask, postbox, email)
    tokens = await log_in(ask, email)
    me = (await ask(ME, token=tokens["accessToken"])).data["me"]
    assert (me["email"], me["displayName"], me["acceptedTerms"]) == (email, "Robin", TERMS)
    assert "workspace.own" in me["permissions"]


async def test_what_is_wrong_is_named_by_the_field_it_is_in(ask: Ask):
    given = {"password": "short", "displayName": "", "acceptedTerms": None}
    payload = await do(ask, REGISTER, **registration("nobody", **given))
    assert {field for _, field in told(payload)} == {
        *("email", "password", "displayName", "acceptedTerms")
    }


@pytest.mark.parametrize(
    "document", [VERIFY, CONFIRM_MAIL, RESET], ids=["verify", "confirm", "reset"]
)
async def test_a_link_that_is_none_is_a_mistake_of_the_caller(ask: Ask, document: str):
    given = {VERIFY: {"password": PASSWORD}, RESET: {"newPassword": NEW_PASSWORD}}.get(document, {})
    payload = await do(ask, document, token="mml_" + "A" * 43, **given)
    assert told(payload) == [("BAD_USER_INPUT", "token")]


async def test_case_36_registering_and_resetting_answer_the_same_for_known_and_unknown(
    client: httpx.AsyncClient, workspace_member: MakeMember
):
    kim = await workspace_member()
    for document, make in (
        (REGISTER, registration),
        (REQUEST_RESET, lambda email: {"email": email}),
        (LOGIN, lambda email: {"email": email, "password": "wrong horse battery"}),
    ):
        answers = [
            await client.post("/graphql", json={"query": document, "variables": {"input": given}})
            for given in (make(kim.person.email), make(new_address()))
        ]
        known, unknown = answers
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        assert list(known.headers) == list(unknown.headers)
        assert {k: v for k, v in known.headers.items() if k not in UNCERTAIN} == {
            k: v for k, v in unknown.headers.items() if k not in UNCERTAIN
        }


async def test_case_38_no_header_of_a_request_changes_a_link(
    client: httpx.AsyncClient,
    postbox: Postbox,
    workspace_member: MakeMember,
    settings: Settings,
):
    kim, email = await workspace_member(), new_address()
    for document, given in (
        (REGISTER, registration(email)),
        (REQUEST_RESET, {"email": kim.person.email}),
    ):
        body = {"query": document, "variables": {"input": given}}
        answer = await client.post("/graphql", json=body, headers=POISON)
        assert answer.status_code == 200
    folder = FolderTransport(settings.mail_dir)
    runner = MailRunner(postbox.units, postbox.authority.links, settings, folder)
    for owed in await postbox.read_owed():
        end = await runner.run(claim_of(owed), report=lambda *_: None)  # type: ignore[arg-type]
        assert end.output == {"sent": True}
    written = [path.read_text() for path in settings.mail_dir.iterdir()]
    assert len(written) == 2
    assert not any("evil.test" in mail for mail in written)
    for template, to in (("register", email), ("reset", kim.person.email)):
        letter = await postbox.read_letter(to, template)
        page = TEMPLATES[template].page
        assert str(letter.link).startswith(f"{APP_URL}/{page}#token=")


async def test_case_35_after_a_reset_no_token_from_before_works(
    ask: Ask, postbox: Postbox, workspace_member: MakeMember
):
    kim = await workspace_member()
    await do(ask, REQUEST_RESET, email=kim.person.email)
    token = await postbox.read_token(kim.person.email, "reset")
    refused = await do(ask, RESET, token=token, newPassword="password1234")
    assert told(refused) == [("BAD_USER_INPUT", "newPassword")]
    assert (await do(ask, RESET, token=token, newPassword=NEW_PASSWORD))["userErrors"] == []
    assert (await ask(ME, by=kim)).status == 401
    ended = await do(ask, REFRESH, refreshToken=kim.signed_in.refresh_token)
    assert [error["message"] for error in ended["userErrors"]] == [Refusal.ENDED]
    assert (await log_in(ask, kim.person.email, NEW_PASSWORD))["userErrors"] == []


async def test_case_35_after_a_change_only_the_session_that_asked_goes_on(
    ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    other = await log_in(ask, kim.person.email)
    wrong = await do(ask, CHANGE_PASSWORD, kim, password="wrong", newPassword=NEW_PASSWORD)
    assert told(wrong) == [("BAD_USER_INPUT", "password")]
    done = await do(ask, CHANGE_PASSWORD, kim, password=PASSWORD, newPassword=NEW_PASSWORD)
    assert done["userErrors"] == []
    assert (await ask(ME, by=kim)).status == 200
    assert (await ask(ME, token=other["accessToken"])).status == 401


async def test_another_address_is_confirmed_by_a_mail_to_it(
    ask: Ask, postbox: Postbox, workspace_member: MakeMember
):
    kim, address = await workspace_member(), new_address()
    await do(ask, CHANGE_MAIL, kim, newEmail=address, password=PASSWORD)
    assert (await ask(ME, by=kim)).data["me"]["email"] == kim.person.email
    token = await postbox.read_token(address, "change_mail")
    assert (await do(ask, CONFIRM_MAIL, token=token))["userErrors"] == []
    assert (await ask(ME, by=kim)).data["me"]["email"] == address


async def test_what_others_see_and_which_terms_hold_are_changed(
    ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    payload = await do(ask, UPDATE, kim, displayName="  Kim K. ")
    assert payload["account"] == {"displayName": "Kim K."}
    assert told(await do(ask, ACCEPT, kim, version="1999")) == [("BAD_USER_INPUT", "version")]
    first = (await do(ask, ACCEPT, kim, version=TERMS))["account"]
    again = (await do(ask, ACCEPT, kim, version=TERMS))["account"]
    assert first["acceptedTerms"] == TERMS
    assert again == first


async def test_a_deleted_account_is_signed_out_and_gone(ask: Ask, workspace_member: MakeMember):
    kim = await workspace_member()
    assert (await do(ask, DELETE, kim, password=PASSWORD))["userErrors"] == []
    assert (await ask(ME, by=kim)).status == 401
    assert told(await log_in(ask, kim.person.email)) == [("UNAUTHENTICATED", "")]


async def test_an_owner_of_a_shared_workspace_is_told_to_hand_it_on(
    ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    await workspace_member("viewer", of=kim)
    payload = await do(ask, DELETE, kim, password=PASSWORD)
    assert [code for code, _ in told(payload)] == ["CONFLICT"]
    assert (await ask(ME, by=kim)).status == 200


async def test_sessions_are_listed_with_device_address_and_last_use(
    client: httpx.AsyncClient, ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    await workspace_member()
    given = {"input": {"email": kim.person.email, "password": PASSWORD}}
    body = {"query": LOGIN, "variables": given}
    await client.post("/graphql", json=body, headers={"User-Agent": "Firefox \x7f<b>140</b>"})
    (newer, older) = (await ask(SESSIONS, by=kim)).data["me"]["sessions"]
    assert (newer["device"], newer["isCurrent"]) == ("Firefox <b>140</b>", False)
    assert newer["address"] == "127.0.0.1"
    assert older["isCurrent"]
    assert older["lastUsedAt"] <= newer["lastUsedAt"] < newer["expiresAt"]


async def test_a_session_on_another_device_is_ended(ask: Ask, workspace_member: MakeMember):
    kim = await workspace_member()
    other = await log_in(ask, kim.person.email)
    listed = (await ask(SESSIONS, by=kim)).data["me"]["sessions"]
    (lost,) = [one for one in listed if not one["isCurrent"]]
    for _ in range(2):
        assert (await do(ask, END, kim, id=lost["id"]))["userErrors"] == []
    assert (await ask(ME, token=other["accessToken"])).status == 401
    assert told(await do(ask, REFRESH, refreshToken=other["refreshToken"])) == [
        ("UNAUTHENTICATED", "")
    ]
    assert len((await ask(SESSIONS, by=kim)).data["me"]["sessions"]) == 1


async def test_case_17_a_stranger_s_session_answers_as_a_missing_one(
    ask: Ask, workspace_member: MakeMember
):
    kim, stranger = await workspace_member(), await workspace_member()
    colleague = await workspace_member("viewer", of=kim)
    ids = [
        encode_id("Session", stranger.signed_in.session_id),
        encode_id("Session", colleague.signed_in.session_id),
        encode_id("Session", new_id()),
        encode_id("Workspace", kim.signed_in.session_id),
        "forged",
    ]
    answers = [await do(ask, END, kim, id=one) for one in ids]
    assert told(answers[0]) == [("NOT_FOUND", "id")]
    assert all(answer == answers[0] for answer in answers)
    for other in (stranger, colleague):
        assert (await ask(ME, by=other)).status == 200


@pytest.mark.parametrize(("keep", "ended"), [(True, 2), (False, 3)])
async def test_all_sessions_end_at_once_but_the_one_that_is_kept(
    ask: Ask, workspace_member: MakeMember, keep: bool, ended: int
):
    kim, stranger = await workspace_member(), await workspace_member()
    others = [await log_in(ask, kim.person.email) for _ in range(2)]
    assert (await do(ask, END_ALL, kim, keepCurrent=keep))["ended"] == ended
    assert [(await ask(ME, token=one["accessToken"])).status for one in others] == [401, 401]
    assert (await ask(ME, by=kim)).status == (200 if keep else 401)
    assert (await ask(ME, by=stranger)).status == 200


@pytest.mark.no_rollback
async def test_case_34_of_two_hundred_parallel_refreshes_one_wins(
    ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    refreshing = (
        do(ask, REFRESH, refreshToken=kim.signed_in.refresh_token) for _ in range(PARALLEL)
    )
    payloads = await asyncio.gather(*refreshing)
    (winner,) = [one for one in payloads if one["accessToken"]]
    refused = {error["message"] for one in payloads for error in one["userErrors"]}
    assert refused == {Refusal.OVERTAKEN}
    assert (await ask(ME, token=winner["accessToken"])).status == 200
    assert (await do(ask, REFRESH, refreshToken=winner["refreshToken"]))["userErrors"] == []


async def test_an_expired_session_is_not_listed(
    ask: Ask, workspace_member: MakeMember, databases: Databases, postbox: Postbox
):
    kim = await workspace_member()
    other = await log_in(ask, kim.person.email)
    async with postbox.units.begin(user_id=kim.actor.user_id) as uow:
        past = {"expires_at": kim.signed_in.access_expires_at.replace(year=2020)}
        mine = UserSession.id == kim.signed_in.session_id
        await uow.session.execute(update(UserSession).where(mine).values(past))
    answer = await ask(SESSIONS, token=other["accessToken"])
    assert [one["isCurrent"] for one in answer.data["me"]["sessions"]] == [True]
    assert (await ask(ME, by=kim)).status == 401
