"""How much, how many and how long at the edge of GraphQL; tests make these smaller."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one client may take of the server's memory and patience."""

    body_bytes: int = 1_000_000
    drained_bytes: int = 64_000_000
    """Of a body that is refused, thrown away unread so that the client gets to see why."""
    drain_seconds: float = 5.0
    message_bytes: int = 64 * 1024
    """Of one WebSocket message."""
    operations: int = 100
    """Open at a time on one socket."""
    address_openings: int = 5_000
    """Sockets and event streams that one address holds open in one process; 0 for no limit."""
    person_openings: int = 2_500
    """The same for one person."""
    person_operations: int = 5_000
    """Open at a time on all sockets of one person in one process."""
    init_seconds: float = 10.0
    """From the handshake to `connection_init`."""
    recheck_seconds: float = 3.0
    """Between two looks at whether an open stream's sign-in still holds."""
    event_recheck_seconds: float = 0.2
    """Events closer together than this share one look, so that a burst costs one statement."""
    send_seconds: float = 10.0
    """A client that does not take a message for so long is dropped."""
    waiting_bytes: int = 128 * 1024
    """Of messages that wait for a client; beyond that it is dropped."""
    keep_alive_seconds: float = 12.0
    """Between two comments in an event stream without events."""
