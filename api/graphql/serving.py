"""What everything that stays open shares in one process."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.websockets import WebSocket

from api.graphql.bounds import Bounds
from api.graphql.execution import Operations
from api.graphql.openings import Openings
from api.graphql.streams import Streams
from api.graphql.watching import SignIns
from domain.shared.settings import Settings
from graph.support.context import Context


@dataclass(frozen=True, slots=True)
class Serving:
    """Parts that sockets and event streams need.

    Attributes:
        operations: Checks what is asked.
        streams: Sends the answers.
        settings: Knows which origins may connect.
        make_context: Builds a context from a socket and the payload of `connection_init`.
        bounds: What a client may take of memory and patience.
        openings: Counts what each person and address holds open.
        sign_ins: Looks after the sign-ins behind that.
    """

    operations: Operations
    streams: Streams
    settings: Settings
    make_context: Callable[[WebSocket, dict[str, object]], Context]
    bounds: Bounds
    openings: Openings
    sign_ins: SignIns
