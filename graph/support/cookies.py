"""A browser's refresh token, which no script of a page can read: it travels in a cookie alone."""

from dataclasses import dataclass
from datetime import datetime

from domain.shared.errors import Invalid


@dataclass(slots=True)
class RefreshCookie:
    """What a request brought, and what its answer is to take along.

    Attributes:
        sent: The token that was sent, if it counts.
        refusal: Why cookies do not count in this request; empty where they do.
        kept: The token to be kept, and until when.
        is_dropped: The browser is to forget what it holds.
    """

    sent: str | None = None
    refusal: str = "Cookies work over plain HTTP requests only, not over sockets and streams."
    kept: tuple[str, datetime] | None = None
    is_dropped: bool = False

    def require(self) -> None:
        """Raise `Invalid` where this request may use no cookie."""
        if self.refusal:
            raise Invalid(self.refusal)

    def read(self) -> str:
        """The token.

        Raises:
            Invalid: the request may use no cookie, or has none.
        """
        self.require()
        if self.sent is None:
            raise Invalid("There is neither a refresh token nor its cookie. Sign in.")
        return self.sent

    def keep(self, token: str, expires_at: datetime) -> None:
        """Let the browser keep this token."""
        self.kept, self.is_dropped = (token, expires_at), False

    def drop(self) -> None:
        """Let the browser forget its token."""
        self.kept, self.is_dropped = None, True
