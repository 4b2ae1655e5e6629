"""Ask the engine for a sign of life: an execution that does nothing, along the whole real path."""

from domain.executions.models import Execution
from domain.executions.repeat import find_earlier, read_key
from domain.executions.replay import REPLAY
from domain.executions.request import NewExecution, request_execution
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.unit_of_work import UnitOfWork

PROBE = "probe.request"
PROBE_KIND = "probe"
PROBE_QUEUE = "default"
PROBE_TIMEOUT_SECONDS = 30


async def request_probe(
    uow: UnitOfWork, actor: Actor, *, idempotency_key: str | None = None
) -> Execution:
    """Request a probe. It is for those who look after the engine: who may replay may probe.

    Raises:
        Forbidden: the actor may not replay executions.
        Invalid: the idempotency key is no key.
    """
    actor.require(REPLAY)
    request = read_key(PROBE, idempotency_key, {})
    earlier = await find_earlier(uow, actor, request)
    if earlier is not None:
        return earlier
    new = NewExecution(
        kind=PROBE_KIND,
        title="Probe",
        queue=PROBE_QUEUE,
        timeout_seconds=PROBE_TIMEOUT_SECONDS,
        request=request,
    )
    made = await request_execution(uow, actor, new)
    uow.audit(Entry(PROBE, actor, Entity.of(made)))
    return made
