"""How much one person, one workspace and one client address may ask for in a minute.

GraphQL is counted by what an operation costs, the other routes by the request. Where Redis is away
nothing is counted and everything goes on; whatever takes a secret is counted elsewhere, and closes
(`domain.accounts.attempts`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.shared.actor import Actor
from domain.shared.addresses import network_of
from domain.shared.errors import Unavailable
from domain.shared.settings import Settings
from domain.shared.windows import Charge, Count, Windows, name_key
from graph.support.metering import Standing

PERIOD_SECONDS = 60
ADMINISTERS = "workspace.edit"


@dataclass(frozen=True)
class Budgets:
    """Charges callers; a `graph.support.metering.Meter`."""

    windows: Windows
    settings: Settings

    async def charge_operation(
        self, actor: Actor | None, address: str, cost: int
    ) -> Standing | None:
        """Charge whoever asks for what a GraphQL operation costs.

        Raises:
            TooMany: One of the limits is reached.
        """
        limits = self.settings
        charges = [charge_for("cost:address", limits.limits_address_cost, address, cost)]
        if actor is not None and not self._is_exempt(actor):
            charges += [
                charge_for("cost:user", limits.limits_user_cost, actor.user_id, cost),
                charge_for(
                    "cost:workspace", limits.limits_workspace_cost, actor.workspace_id, cost
                ),
            ]
        return await self._take(charges)

    async def charge_request(self, address: str) -> Standing | None:
        """Charge an address for one request.

        Raises:
            TooMany: The limit is reached.
        """
        limit = self.settings.limits_address_requests
        return await self._take([charge_for("requests:address", limit, address)])

    async def charge_person(self, actor: Actor) -> Standing | None:
        """Charge a person and the workspace for one request, once it is known whose it is.

        Raises:
            TooMany: One of the limits is reached.
        """
        if self._is_exempt(actor):
            return None
        limits = self.settings
        return await self._take(
            [
                charge_for("requests:user", limits.limits_user_requests, actor.user_id),
                charge_for(
                    "requests:workspace", limits.limits_workspace_requests, actor.workspace_id
                ),
            ]
        )

    def _is_exempt(self, actor: Actor) -> bool:
        """Never from the limit of the address: whoever makes a workspace administers it."""
        return self.settings.limits_exempt_admins and ADMINISTERS in actor.permissions

    async def _take(self, charges: Sequence[Charge]) -> Standing | None:
        counted = [one for one in charges if one.limit > 0]
        if not counted:
            return None
        try:
            counts = await self.windows.take(counted)
        except Unavailable:
            return None  # the windows tell the log
        nearest = min(counts, key=share_left)
        return Standing(nearest.charge.limit, nearest.remaining, nearest.reset_seconds)


def charge_for(kind: str, limit: int, whose: UUID | str, amount: int = 1) -> Charge:
    """A charge for a minute; an address stands for the network of one customer."""
    who = network_of(whose) if isinstance(whose, str) else str(whose)
    return Charge(name_key(kind, who), limit, PERIOD_SECONDS, amount)


def share_left(count: Count) -> float:
    """How much of a window is left, from none to all."""
    return count.remaining / count.charge.limit
