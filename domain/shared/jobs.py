"""Wake-ups: messages that tell a worker where to look, never what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.shared.live import Signal


@dataclass(frozen=True, slots=True)
class Wake:
    """One execution waits in `queue`. Losing or doubling the message changes nothing but time."""

    queue: str
    execution_id: UUID


class Outlet(Protocol):
    """Where wake-ups and signals leave the process once their transaction has committed."""

    async def send(self, wakes: Sequence[Wake], signals: Sequence[Signal]) -> None:
        """Send; never raise because Redis is away (the relay sends again)."""
        ...


class SilentOutlet:
    """Sends nothing: for commands that run where no worker listens; the relay wakes workers."""

    async def send(self, wakes: Sequence[Wake], signals: Sequence[Signal]) -> None:
        """Drop both."""
