"""Why a sign-in or a session is refused.

DomainError
└── Unauthenticated
    ├── WrongCredentials   address and password do not belong together; never says which
    └── SessionEnded       the refresh token is unknown, expired, revoked or was used before
"""

from domain.shared.errors import Unauthenticated


class WrongCredentials(Unauthenticated):
    """The same for an unknown address, a wrong password, a disabled person, no workspace."""

    def __init__(self) -> None:
        super().__init__("The address or the password is wrong.")


class SessionEnded(Unauthenticated):
    """The session cannot be continued with this refresh token."""
