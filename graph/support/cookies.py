"""What a browser keeps where no script of a page can read it: it travels in cookies alone."""

from dataclasses import dataclass
from datetime import datetime

from domain.shared.errors import Invalid


@dataclass(slots=True)
class Cookies:
    """What a request brought, and what its answer is to take along.

    Attributes:
        sent: The refresh token that was sent, if it counts.
        device: What the browser was given at an earlier sign-in, if it counts; empty without.
        refusal: Why cookies do not count in this request; empty where they do.
        kept: The refresh token to be kept, and until when.
        remembered: What marks the browser as known from now on, and until when.
        is_dropped: The browser is to forget its refresh token.
    """

    sent: str | None = None
    device: str = ""
    refusal: str = "Cookies work over plain HTTP requests only, not over sockets and streams."
    kept: tuple[str, datetime] | None = None
    remembered: tuple[str, datetime] | None = None
    is_dropped: bool = False

    def require(self) -> None:
        """Raise `Invalid` where this request may use no cookie."""
        if self.refusal:
            raise Invalid(self.refusal)

    def read(self) -> str:
        """The refresh token.

        Raises:
            Invalid: the request may use no cookie, or has none.
        """
        self.require()
        if self.sent is None:
            raise Invalid("There is neither a refresh token nor its cookie. Sign in.")
        return self.sent

    def keep(self, token: str, expires_at: datetime) -> None:
        """Let the browser keep this refresh token."""
        self.kept, self.is_dropped = (token, expires_at), False

    def remember(self, token: str, expires_at: datetime) -> None:
        """Let the browser keep what marks it as known, beyond every session."""
        self.remembered = (token, expires_at)

    def drop(self) -> None:
        """Let the browser forget its refresh token; it stays known."""
        self.kept, self.is_dropped = None, True
