"""The unit of work: one transaction, the only one who commits, and what leaves after it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.audit import Entry, write_record
from domain.shared.database import Database, visiting
from domain.shared.events import DomainEvent
from domain.shared.jobs import Outlet, Wake
from domain.shared.live import Signal
from domain.shared.origin import NOWHERE, Origin
from domain.shared.repository import append_audit, read_names


class UnitOfWork:
    """Rows changed, events raised, wake-ups and signals noted, all of one request or task."""

    def __init__(self, session: AsyncSession, origin: Origin = NOWHERE) -> None:
        self.session = session
        self.origin = origin
        self.events: list[DomainEvent] = []
        self._wakes: list[Wake] = []
        self._signals: dict[str, int] = {}
        self._entries: list[Entry] = []
        self._elsewhere: set[UUID] = set()

    def audit(self, entry: Entry) -> None:
        """Note an entry of the audit log; see `domain.shared.audit` for how to make one."""
        self._entries.append(entry)

    def audit_there(self, entry: Entry) -> None:
        """Note an entry for the log of another workspace than the one the transaction is in."""
        self._entries.append(entry)
        self._elsewhere.add(entry.target)

    def raise_event(self, event: DomainEvent) -> None:
        """Note a fact; its handlers run in this transaction, before the commit."""
        self.events.append(event)

    def wake(self, wake: Wake) -> None:
        """Note a wake-up; it leaves after the commit, and the outbox row repeats it if lost."""
        self._wakes.append(wake)

    def signal(self, topic: str, number: int = 0) -> None:
        """Note that a stream moved; only the highest number of a topic leaves."""
        self._signals[topic] = max(number, self._signals.get(topic, 0))

    async def write_audit(self) -> None:
        """Write what was noted, in order; the last thing before the commit.

        It locks the head of the workspace's chain, so that nothing may be waited for afterwards.
        Whoever writes into two chains locks them in the order of their ids, as everybody does.
        """
        unnamed = (entry.by.user_id for entry in self._entries if not entry.by.name)
        nameless = {user_id for user_id in unnamed if user_id is not None}
        names = await read_names(self.session, nameless) if nameless else {}
        records: dict[UUID, list[str]] = {}
        for entry in self._entries:
            record = write_record(entry, self.origin, names)
            records.setdefault(entry.target, []).append(record)
        for workspace_id in sorted(records):
            if workspace_id in self._elsewhere:
                async with visiting(self.session, workspace_id):
                    await append_audit(self.session, workspace_id, records[workspace_id])
            else:
                await append_audit(self.session, workspace_id, records[workspace_id])

    async def leave(self, outlet: Outlet) -> None:
        """Send what was noted; called once the commit is certain."""
        if self._wakes or self._signals:
            signals = [Signal(topic, number) for topic, number in self._signals.items()]
            await outlet.send(self._wakes, signals)


Reactions = Callable[[UnitOfWork, DomainEvent], Awaitable[None]]


class UnitsOfWork:
    """Opens units of work on one database role.

    Args:
        database: The role's way into PostgreSQL.
        outlet: Where wake-ups and signals go after a commit.
        react: The table of handlers, `domain.reactions.react`.
        origin: Where requests come from, unless they say so themselves.
    """

    def __init__(
        self,
        database: Database,
        outlet: Outlet,
        react: Reactions | None = None,
        origin: Origin = NOWHERE,
    ) -> None:
        self.database = database
        self.outlet = outlet
        self._react = react
        self._origin = origin

    def seen_from(self, origin: Origin) -> "UnitsOfWork":
        """The same, for a request from `origin`: the audit log says so."""
        return UnitsOfWork(self.database, self.outlet, self._react, origin)

    @asynccontextmanager
    async def begin(
        self,
        workspace_id: UUID | None = None,
        user_id: UUID | None = None,
        origin: Origin | None = None,
    ) -> AsyncIterator[UnitOfWork]:
        """Open a transaction; commit when the block ends, roll back when it raises.

        Args:
            workspace_id: What row-level security lets through.
            user_id: Whose own rows it lets through too.
            origin: Where the request comes from, for the audit log; else what `seen_from` said.

        Raises:
            Unavailable: PostgreSQL is away. When the commit's reply was lost, the work may or may
                not have happened: the caller repeats with the same idempotency key or fence.
        """
        async with self.database.session(workspace_id, user_id) as session:
            uow = UnitOfWork(session, origin or self._origin)
            yield uow
            await self._settle_events(uow)
            await uow.write_audit()
            await session.commit()
        await uow.leave(self.outlet)

    async def _settle_events(self, uow: UnitOfWork) -> None:
        await uow.session.flush()
        if self._react is None:
            return
        while uow.events:
            pending, uow.events = uow.events, []
            for event in pending:
                await self._react(uow, event)
            await uow.session.flush()
