"""What can go wrong, in the product's words.

DomainError
├── Unauthenticated   nobody is signed in, or the sign-in is no longer valid
├── Forbidden         signed in, but not allowed
├── NotFound          missing, or another workspace's: the answer is the same
├── Invalid           the caller's input, with the path of the field
├── Conflict          the entity changed, or its state does not allow the verb
├── TooMany           asked for too often; may be asked again later
└── Unavailable       PostgreSQL or Redis is away; try again
"""


class DomainError(Exception):
    """An error with a stable code, a sentence for people and the path of the field, if any."""

    code = "INTERNAL"

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Unauthenticated(DomainError):
    """Nobody is signed in, or the sign-in is no longer valid."""

    code = "UNAUTHENTICATED"


class Forbidden(DomainError):
    """The actor lacks a permission."""

    code = "FORBIDDEN"


class NotFound(DomainError):
    """The thing does not exist for this actor."""

    code = "NOT_FOUND"

    def __init__(self, thing: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(f"{thing} was not found.", field=field)


class Invalid(DomainError):
    """The caller's input is wrong; `details` carries further (path, message) pairs."""

    code = "BAD_USER_INPUT"

    def __init__(
        self,
        message: str,
        *,
        field: tuple[str, ...] = (),
        details: tuple[tuple[tuple[str, ...], str], ...] = (),
    ) -> None:
        super().__init__(message, field=field)
        self.details = details


class Conflict(DomainError):
    """The entity changed meanwhile, or is not in a state that allows the verb."""

    code = "CONFLICT"


class TooMany(DomainError):
    """Asked for too often; the caller may try again after `retry_after_seconds`."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"That was too often. Try again in {tell_period(retry_after_seconds)}.")
        self.retry_after_seconds = retry_after_seconds


class Unavailable(DomainError):
    """A store is away; the caller may try again after `retry_after_seconds`."""

    code = "UNAVAILABLE"

    def __init__(self, message: str, *, retry_after_seconds: int = 2) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


def tell_period(seconds: int) -> str:
    """A period in words for people: seconds, from two minutes on minutes, from two hours hours."""
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{-(-seconds // length)} {unit}"
    return "1 second" if seconds == 1 else f"{seconds} seconds"
