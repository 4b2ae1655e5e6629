"""The second factor, as a client turns it on, signs in with it, and turns it off."""

import time

import pyotp
import pytest

from tests.factories.accounts import PASSWORD
from tests.factories.mails import Postbox
from tests.fixtures.people import Ask, MakeMember, Member
from tests.graph.accounts.asked import ME, NEW_PASSWORD, do, log_in, say, told

pytestmark = pytest.mark.integration

SET_UP, CONFIRM = (
    say("setUpSecondFactor", "secret uri"),
    say("confirmSecondFactor", "recoveryCodes"),
)
TURN_OFF, RENEW = say("turnOffSecondFactor"), say("renewRecoveryCodes", "recoveryCodes")
STEP_SECONDS = 30


def code_of(secret: str, steps: int = 0) -> str:
    """What the app shows now, or showed that many steps away."""
    return pyotp.TOTP(secret).at(int(time.time()), counter_offset=steps)


async def turn_on(ask: Ask, who: Member) -> tuple[str, list[str]]:
    """Turn it on with the code of the step before, so that the one of now is left."""
    secret = (await do(ask, SET_UP, who, password=PASSWORD))["secret"]
    confirmed = await do(ask, CONFIRM, who, code=code_of(secret, -1))
    assert confirmed["userErrors"] == []
    return secret, confirmed["recoveryCodes"]


async def test_signing_in_asks_for_a_code_once_the_second_factor_is_on(
    ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    assert not (await ask(ME, by=kim)).data["me"]["hasSecondFactor"]
    secret, codes = await turn_on(ask, kim)
    assert (await ask(ME, by=kim)).data["me"]["hasSecondFactor"]
    assert len(codes) == 10
    asked = await log_in(ask, kim.person.email)
    assert told(asked) == [("CODE_NEEDED", "code")]
    assert (asked["accessToken"], asked["refreshToken"]) == (None, None)
    wrong = await log_in(ask, kim.person.email, code="000000x")
    assert told(wrong) == [("CODE_NEEDED", "code")]
    assert "wrong" in wrong["userErrors"][0]["message"]
    code = code_of(secret)
    tokens = await log_in(ask, kim.person.email, code=code)
    assert (await ask(ME, token=tokens["accessToken"])).status == 200
    again = await log_in(ask, kim.person.email, code=code)
    assert told(again) == [("CODE_NEEDED", "code")]


async def test_whoever_lacks_the_password_does_not_learn_that_it_is_on(
    ask: Ask, workspace_member: MakeMember
):
    kim, lu = await workspace_member(), await workspace_member()
    secret, _ = await turn_on(ask, kim)
    answers = [
        await log_in(ask, who.person.email, "wrong horse battery staple", code=code_of(secret))
        for who in (kim, lu)
    ]
    assert answers[0] == answers[1]
    assert told(answers[0]) == [("UNAUTHENTICATED", "")]


async def test_a_recovery_code_stands_in_for_the_app_once(
    ask: Ask, workspace_member: MakeMember, postbox: Postbox
):
    kim = await workspace_member()
    _, codes = await turn_on(ask, kim)
    assert (await log_in(ask, kim.person.email, code=codes[0]))["userErrors"] == []
    assert told(await log_in(ask, kim.person.email, code=codes[0])) == [("CODE_NEEDED", "code")]
    renewed = (await do(ask, RENEW, kim, password=PASSWORD))["recoveryCodes"]
    assert told(await log_in(ask, kim.person.email, code=codes[1])) == [("CODE_NEEDED", "code")]
    assert (await log_in(ask, kim.person.email, code=renewed[0]))["userErrors"] == []
    assert (await postbox.list_templates(kim.person.email)) == [
        *("second_factor_on", "recovery_code_used", "recovery_code_used")
    ]


async def test_it_is_turned_off_with_password_and_code(ask: Ask, workspace_member: MakeMember):
    kim = await workspace_member()
    secret, _ = await turn_on(ask, kim)
    for password, code, field in (
        (NEW_PASSWORD, code_of(secret), "password"),
        (PASSWORD, "000000x", "code"),
    ):
        refused = await do(ask, TURN_OFF, kim, password=password, code=code)
        assert told(refused) == [("BAD_USER_INPUT", field)]
    off = await do(ask, TURN_OFF, kim, password=PASSWORD, code=code_of(secret))
    assert off["userErrors"] == []
    assert (await log_in(ask, kim.person.email))["userErrors"] == []


async def test_a_stolen_session_without_the_password_sets_nothing_up(
    ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    for document, given in ((SET_UP, {}), (RENEW, {}), (TURN_OFF, {"code": "123456"})):
        refused = await do(ask, document, kim, password="wrong horse battery staple", **given)
        assert told(refused) == [("BAD_USER_INPUT", "password")]
    made = await do(ask, SET_UP, kim, password="wrong horse battery staple")
    assert (made["secret"], made["uri"]) == (None, None)


async def test_what_was_not_set_up_is_not_confirmed(ask: Ask, workspace_member: MakeMember):
    kim = await workspace_member()
    refused = await do(ask, CONFIRM, kim, code="123456")
    assert (told(refused), refused["recoveryCodes"]) == ([("CONFLICT", "")], [])
