"""What the scheduler does all the time: relay wake-ups, reap silent leases, settle what hangs."""

from collections.abc import Collection

from domain.executions import repository
from domain.executions.finish import reap_attempt
from domain.executions.outbox import repository as outbox
from domain.executions.records import Expired, Moved
from domain.executions.tree import repository as tree
from domain.executions.tree.settle import end_parent
from domain.shared.jobs import Wake
from domain.shared.unit_of_work import UnitOfWork

RELAY_LIMIT = 500
WAKES_PER_QUEUE = 64
"""Workers claim what is due, whatever message woke them: more messages would only cost time."""
REAP_LIMIT = 200


async def relay_wakes(uow: UnitOfWork) -> int:
    """Send wake-ups that are due (again); returns how many executions wait."""
    due = await outbox.take_due(uow.session, limit=RELAY_LIMIT)
    sent: dict[str, int] = {}
    for queue, execution_id in due:
        sent[queue] = sent.get(queue, 0) + 1
        if sent[queue] <= WAKES_PER_QUEUE:
            uow.wake(Wake(queue, execution_id))
    return len(due)


async def find_lost(uow: UnitOfWork, dead: Collection[str]) -> list[Expired]:
    """Leases that ran out, and those of workers known to be dead."""
    return await repository.find_expired(uow.session, dead=sorted(dead), limit=REAP_LIMIT)


async def reap(uow: UnitOfWork, lost: Expired, dead: Collection[str]) -> Moved | None:
    """End one lost attempt, in a transaction of its own."""
    return await reap_attempt(uow, lost, is_dead=lost.worker in dead)


async def find_holders(uow: UnitOfWork, prefix: str) -> list[str]:
    """Workers of this machine that hold leases."""
    return await repository.find_holders(uow.session, prefix)


async def settle_hanging(uow: UnitOfWork) -> int:
    """End parents whose children have all ended without them; returns how many there were."""
    hanging = await tree.find_unsettled(uow.session, limit=REAP_LIMIT)
    for parent_id, _ in hanging:
        await end_parent(uow, parent_id, cancel_requested=False)
    return len(hanging)


async def forget_settled(uow: UnitOfWork) -> None:
    """Drop what only ages: settled wake-ups and old idempotency keys."""
    await outbox.forget_settled(uow.session)
