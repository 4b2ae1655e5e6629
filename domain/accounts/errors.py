"""Why a sign-in, a session or a link is refused.

DomainError
├── Invalid
│   └── LinkInvalid        a mailed link is none, was used before, or has expired
└── Unauthenticated
    ├── WrongCredentials   address and password do not belong together; never says which
    ├── CodeNeeded         the password is right, and a second factor is on
    └── SessionEnded       the refresh token is unknown, expired, used, or its session was ended
"""

from domain.shared.errors import Invalid, Unauthenticated


class LinkInvalid(Invalid):
    """The same for a forged, a used and an expired link."""

    def __init__(self) -> None:
        super().__init__(
            "This link does not work: it was used before, or is too old. Ask for a new one.",
            field=("token",),
        )


class WrongCredentials(Unauthenticated):
    """The same for an unknown address, a wrong password, a disabled person."""

    def __init__(self) -> None:
        super().__init__("The address or the password is wrong.")


class CodeNeeded(Unauthenticated):
    """Whoever has the password is asked for the second factor, and told when it is wrong."""

    code = "CODE_NEEDED"

    def __init__(self, *, was_wrong: bool) -> None:
        asked = "Enter the code of your authenticator app, or a recovery code."
        self.was_wrong = was_wrong
        super().__init__(f"This code is wrong. {asked}" if was_wrong else asked, field=("code",))


class SessionEnded(Unauthenticated):
    """The session cannot be continued with this refresh token.

    Args:
        is_over: Whether there is nothing left to continue; else another request was given the next
            token.
    """

    def __init__(self, message: str, *, is_over: bool = True) -> None:
        super().__init__(message)
        self.is_over = is_over
