"""How much one person, one workspace and one client address may ask for in a minute.

GraphQL is counted by what an operation costs and by the request, the other routes by the request.
Where Redis is away nothing is counted and everything goes on; whatever takes a secret is counted
elsewhere, and closes (`domain.accounts.attempts`).
"""

from collections.abc import Sequence
from uuid import UUID

from api.remembered import FullWindows, KnownCallers, Whose
from api.stack.errors import StackError
from domain.shared.actor import Actor
from domain.shared.addresses import places_of
from domain.shared.errors import Unavailable
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.settings import Settings
from domain.shared.windows import Charge, Count, Full, Windows, name_key
from graph.support.ids import parse_id
from graph.support.metering import Caller, Owed, Standing

PERIOD_SECONDS = 60
ADMINISTERS = "workspace.edit"
REQUESTS = "requests:address"


class Budgets:
    """Charges callers; a `graph.support.metering.Meter`.

    An operation is charged before its caller is looked up in the database. Whose credential is
    known from the last time is charged in one round trip for the address, the person and the
    workspace; else the address comes first, and the others once it is known who they are.

    Args:
        windows: Where everything is counted.
        settings: The limits.

    Raises:
        StackError: The settings name a workspace by what is no id.
    """

    def __init__(self, windows: Windows, settings: Settings) -> None:
        self._windows = windows
        self._settings = settings
        self._exempt = read_workspaces(settings.limits_exempt_admins_of)
        self._known = KnownCallers()
        self._full = FullWindows()

    def check_room(self, caller: Caller) -> None:
        """Refuse what comes from an address that was full a moment ago.

        Raises:
            TooMany: It was, and asking Redis again would be a waste.
        """
        try:
            self._full.check(self._charge_address(caller, 1))
        except Full:
            caller.owed.requests = 0  # what is refused leaves no trace in a window that is full
            raise

    async def charge_operation(self, caller: Caller, cost: int) -> Standing | None:
        """Charge whoever asks for what a GraphQL operation costs.

        Raises:
            TooMany: One of the limits is reached.
            Unavailable: The database is away.
        """
        here, known = self._charge_address(caller, cost), self._known.find(caller.credential)
        counts = await self._charge_known(caller, here, self._charge_whose(known, cost))
        actor = await caller.actor_if_any()
        whose = None if actor is None else self._whose(actor)
        self._known.note(caller.credential, whose)
        if known is None:
            counts += await self._take(self._charge_whose(whose, cost))
        return nearest(counts)

    async def charge_refusal(self, caller: Caller, cost: int) -> Standing | None:
        """Charge the address for what was refused before anybody looked who asks.

        Raises:
            TooMany: The limit is reached.
        """
        return nearest(await self._charge_known(caller, self._charge_address(caller, cost), []))

    async def charge_request(self, address: str) -> Standing | None:
        """Charge an address for one request.

        Raises:
            TooMany: The limit is reached.
        """
        charges = self._charge_requests(address)
        self._full.check(charges)
        return nearest(await self._take(charges))

    async def charge_person(self, actor: Actor) -> Standing | None:
        """Charge a person and the workspace for one request, once it is known whose it is.

        Raises:
            TooMany: One of the limits is reached.
        """
        limits = self._settings
        most = (limits.limits_user_requests, limits.limits_workspace_requests)
        return nearest(await self._take(charge_whose("requests", most, self._whose(actor))))

    async def _charge_known(
        self, caller: Caller, here: Sequence[Charge], theirs: Sequence[Charge]
    ) -> list[Count]:
        """Charge the address and a person; where only the person is refused, the address still."""
        owed = caller.owed
        owed.requests = 0
        try:
            counts = await self._take([*here, *theirs])
        except Full as full:
            if full.charge in theirs:
                note_requests(owed, await self._take(here))
            raise
        note_requests(owed, counts)
        return [count for count in counts if not is_request(count)]

    def _charge_address(self, caller: Caller, cost: int) -> list[Charge]:
        limit, address = self._settings.limits_address_cost, caller.client_address
        charges = charge_places("cost:address", limit, address, cost)
        return charges + (self._charge_requests(address) if caller.owed.requests else [])

    def _charge_requests(self, address: str) -> list[Charge]:
        return charge_places(REQUESTS, self._settings.limits_address_requests, address)

    def _charge_whose(self, whose: Whose | None, cost: int) -> list[Charge]:
        most = (self._settings.limits_user_cost, self._settings.limits_workspace_cost)
        return charge_whose("cost", most, whose, cost)

    def _whose(self, actor: Actor) -> Whose:
        """Whoever makes a workspace administers it, so only administrators of some are exempt."""
        is_exempt = actor.workspace_id in self._exempt and ADMINISTERS in actor.permissions
        return Whose(actor.user_id, actor.workspace_id, is_exempt)

    async def _take(self, charges: Sequence[Charge]) -> list[Count]:
        counted = [one for one in charges if one.limit > 0]
        if not counted:
            return []
        try:
            return await self._windows.take(counted)
        except Unavailable:
            return []  # the windows tell the log
        except Full as full:
            self._full.note(full)
            raise


def charge_for(kind: str, limit: int, whose: UUID, amount: int = 1) -> Charge:
    """A charge for a minute."""
    return Charge(name_key(kind, str(whose)), limit, PERIOD_SECONDS, amount)


def charge_whose(
    kind: str, most: tuple[int, int], whose: Whose | None, amount: int = 1
) -> list[Charge]:
    """Charges for a minute of a person and of the workspace, each with its limit.

    Who belongs nowhere acts in the installation's own, with strangers: that is not counted, or some
    of them could use up what all have.
    """
    if whose is None or whose.is_exempt:
        return []
    charges = [charge_for(f"{kind}:user", most[0], whose.user_id, amount)]
    if whose.workspace_id != SYSTEM_WORKSPACE:
        charges.append(charge_for(f"{kind}:workspace", most[1], whose.workspace_id, amount))
    return charges


def charge_places(kind: str, limit: int, address: str, amount: int = 1) -> list[Charge]:
    """Charges for a minute of an address' network and, with a larger limit, the site around it."""
    return [
        Charge(name_key(kind, place), limit * share, PERIOD_SECONDS, amount)
        for place, share in places_of(address)
    ]


def note_requests(owed: Owed, counts: Sequence[Count]) -> None:
    """Keep how the address stands with its requests, which are of another unit than costs."""
    owed.standing = nearest([count for count in counts if is_request(count)])


def is_request(count: Count) -> bool:
    """Whether it counts requests of an address."""
    return count.charge.key.startswith(f"{REQUESTS}:")


def nearest(counts: Sequence[Count]) -> Standing | None:
    """The window that is nearest to its end."""
    if not counts:
        return None
    count = min(counts, key=share_left)
    return Standing(count.charge.limit, count.remaining, count.reset_seconds)


def share_left(count: Count) -> float:
    """How much of a window is left, from none to all."""
    return count.remaining / count.charge.limit


def read_workspaces(ids: Sequence[str]) -> frozenset[UUID]:
    """Workspaces as an operator names them.

    Raises:
        StackError: One is no workspace's id.
    """
    found = [(given, parse_id(given)) for given in ids]
    for given, parsed in found:
        if parsed is None or parsed[0] != "Workspace":
            raise StackError(
                f"METAMORPH_LIMITS_EXEMPT_ADMINS_OF: {given[:100]!r} is not the id of a workspace;"
                " ask the API for { me { workspace { id } } }"
            )
    return frozenset(parsed[1] for _, parsed in found if parsed is not None)
