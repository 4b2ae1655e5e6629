"""Which mails there are, and where their links lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

KIND: Final = "mail"
QUEUE: Final = "default"
ATTEMPTS: Final = 60
"""With waits that double up to five minutes: a server may be away for four hours."""
TIMEOUT_SECONDS: Final = 60.0
ADDRESSES: Final = frozenset({"address"})
"""Values that are repeated as they are: addresses of mail and of clients, which were checked."""


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of mail.

    Attributes:
        subject: May hold `{name}` of the values the mail is sent with.
        purpose: What its link is for, as `LinkTokens` takes it; None where there is no link.
        page: Page of the app that the link opens; the token stands behind `#token=`, which
            browsers send to no server.
        button: What the link says in HTML.
    """

    subject: str
    purpose: str | None = None
    page: str | None = None
    button: str = ""


TEMPLATES: Final[Mapping[str, Template]] = {
    "register": Template("Confirm your address", "register", "verify", "Confirm my address"),
    "account_exists": Template("You have an account already"),
    "welcome": Template("Welcome to Metamorph"),
    "reset": Template("Choose a new password", "reset", "reset-password", "Choose a password"),
    "password_changed": Template("Your password was changed"),
    "change_mail": Template(
        "Confirm your new address", "change_mail", "confirm-mail", "Confirm the address"
    ),
    "mail_changed": Template("Your address was changed"),
    "session_ended": Template("A session was ended for your safety"),
    "second_factor_on": Template("Two-factor sign-in is on"),
    "second_factor_off": Template("Two-factor sign-in is off"),
    "recovery_code_used": Template("A recovery code was used"),
    "access_token_created": Template("An access token was made"),
    "account_deleted": Template("Your account was deleted"),
    "invitation": Template(
        "{inviter} invites you to {workspace}", "invitation", "invitation", "Accept the invitation"
    ),
}


def make_link(base: str, page: str, token: str) -> str:
    """The address that a mail's link leads to."""
    return f"{base}/{page}#token={token}"
