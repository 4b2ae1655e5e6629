"""Which mails there are, and where their links lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.accounts.invitations import invite
from domain.accounts.people import change_mail, register
from domain.executions.rules import count_attempts

KIND: Final = "mail"
QUEUE: Final = "default"
USEFUL: Final = timedelta(days=7)
"""How long a mail without a link is worth sending; after that time it is forgotten anyway."""
RESET_WAITS: Final = timedelta(days=1)
"""Its link is made when it is sent; who waited longer has asked again."""
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
        useful: How long it is tried to send it: as long as its link can be used.
    """

    subject: str
    purpose: str | None = None
    page: str | None = None
    button: str = ""
    useful: timedelta = USEFUL

    @property
    def attempts(self) -> int:
        """How often it is tried, so that a server may be away for as long as the mail is useful."""
        return count_attempts(self.useful)


TEMPLATES: Final[Mapping[str, Template]] = {
    "register": Template(
        "Confirm your address", "register", "verify", "Confirm my address", register.LIFETIME
    ),
    "account_exists": Template("You have an account already"),
    "welcome": Template("Welcome to Metamorph"),
    "reset": Template(
        "Choose a new password", "reset", "reset-password", "Choose a password", RESET_WAITS
    ),
    "password_changed": Template("Your password was changed"),
    "change_mail": Template(
        "Confirm your new address",
        "change_mail",
        "confirm-mail",
        "Confirm the address",
        change_mail.LIFETIME,
    ),
    "mail_changed": Template("Your address was changed"),
    "session_ended": Template("A session was ended for your safety"),
    "second_factor_on": Template("Two-factor sign-in is on"),
    "second_factor_off": Template("Two-factor sign-in is off"),
    "recovery_code_used": Template("A recovery code was used"),
    "access_token_created": Template("An access token was made"),
    "account_deleted": Template("Your account was deleted"),
    "invitation": Template(
        "{inviter} invites you to {workspace}",
        "invitation",
        "invitation",
        "Accept the invitation",
        invite.LIFETIME,
    ),
}


def make_link(base: str, page: str, token: str) -> str:
    """The address that a mail's link leads to."""
    return f"{base}/{page}#token={token}"
