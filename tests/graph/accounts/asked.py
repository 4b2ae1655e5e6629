"""Documents about accounts, and what their answers are read by."""

from typing import Any
from uuid import uuid4

from tests.factories.accounts import PASSWORD
from tests.factories.mails import Postbox
from tests.fixtures.people import Ask, Member

ERRORS = "userErrors { code message field }"
TOKENS = "accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt"
NEW_PASSWORD = "seven purple owls at noon"
TERMS = "2026-11"


def say(name: str, fields: str = "", *, kind: str = "") -> str:
    """A mutation with one input."""
    kind = kind or f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} {ERRORS} }} }}"


REGISTER, VERIFY = say("register"), say("verifyMail")
REQUEST_RESET, RESET = say("requestPasswordReset"), say("resetPassword")
LOGIN, REFRESH = say("login", TOKENS), say("refreshSession", TOKENS)
LOGOUT = f"mutation {{ logout {{ {ERRORS} }} }}"
ME = "{ me { id email displayName acceptedTerms hasSecondFactor permissions } }"


def new_address(name: str = "robin") -> str:
    """An address that nobody has."""
    return f"{name}-{uuid4().hex}@example.test"


def registration(email: str, **changes: object) -> dict[str, object]:
    """What somebody types who wants an account."""
    given = {"email": email, "password": PASSWORD, "displayName": "Robin", "acceptedTerms": TERMS}
    return {**given, **changes}


async def do(ask: Ask, document: str, by: Member | None = None, **given: object) -> dict[str, Any]:
    """The payload of a mutation."""
    (payload,) = (await ask(document, by=by, input=given)).data.values()
    return payload


async def join(ask: Ask, postbox: Postbox, email: str) -> None:
    """Register and follow the link."""
    assert (await do(ask, REGISTER, **registration(email)))["userErrors"] == []
    token = await postbox.read_token(email, "register")
    assert (await do(ask, VERIFY, token=token, password=PASSWORD))["userErrors"] == []


async def log_in(ask: Ask, email: str, password: str = PASSWORD, **more: object) -> dict[str, Any]:
    """The payload of a sign-in."""
    return await do(ask, LOGIN, email=email, password=password, **more)


def told(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Code and field of each user error."""
    return [(error["code"], ".".join(error["field"])) for error in payload["userErrors"]]
