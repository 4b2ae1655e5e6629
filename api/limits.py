"""How callers learn what they may still ask for: in headers of every answer.

The names are those of draft-ietf-httpapi-ratelimit-headers-06, which clients know; the limit is
named that is nearest to its end.
"""

from starlette.requests import HTTPConnection

from domain.shared.errors import TooMany
from domain.shared.windows import Full
from graph.support.metering import Owed, Standing

HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_NAME, _OWED = "standing", "owed"


def note_standing(connection: HTTPConnection, standing: Standing | None) -> None:
    """Keep it for the headers, unless a limit nearer to its end was noted before."""
    noted = read_standing(connection)
    if standing is not None and (noted is None or share(standing) < share(noted)):
        connection.scope.setdefault("state", {})[_NAME] = standing


def note_refusal(connection: HTTPConnection, refusal: TooMany) -> None:
    """Keep that nothing is left."""
    if isinstance(refusal, Full):
        note_standing(connection, Standing(refusal.charge.limit, 0, refusal.retry_after_seconds))


def read_standing(connection: HTTPConnection) -> Standing | None:
    """What was noted."""
    found = connection.scope.get("state", {}).get(_NAME)
    return found if isinstance(found, Standing) else None


def owe_request(connection: HTTPConnection) -> Owed:
    """Leave a request to be counted with its operation."""
    owed = Owed(requests=1)
    connection.scope.setdefault("state", {})[_OWED] = owed
    return owed


def read_owed(connection: HTTPConnection) -> Owed:
    """What was left to be counted; nothing for most."""
    found = connection.scope.get("state", {}).get(_OWED)
    return found if isinstance(found, Owed) else Owed()


def share(standing: Standing) -> float:
    """How much is left, from none to all."""
    return standing.remaining / standing.limit


def write_headers(standing: Standing) -> dict[str, str]:
    """As headers; the reset is in seconds from now."""
    values = (standing.limit, standing.remaining, standing.reset_seconds)
    return {name: str(value) for name, value in zip(HEADERS, values, strict=True)}
