"""End an attempt: the only way out of `running` for what a worker holds."""

from domain.executions import repository
from domain.executions.records import AttemptEnd, Claim, Expired, Held, Moved
from domain.executions.rules import Spent, decide_ending
from domain.executions.states import TERMINAL, AttemptOutcome, Status
from domain.executions.tree.settle import describe_child, settle_parent, tell_parent
from domain.shared.jobs import Wake
from domain.shared.live import execution_topic
from domain.shared.unit_of_work import UnitOfWork


async def finish_attempt(uow: UnitOfWork, claim: Claim, end: AttemptEnd) -> Moved | None:
    """Write how the attempt of `claim` ended, and decide what follows.

    Returns None when the worker was replaced: somebody else speaks for the execution now, and
    whatever this attempt produced must be discarded. Safe to repeat after a lost reply.
    """
    spent = Spent(claim.failures, claim.losses, claim.max_attempts)
    ending = decide_ending(end.outcome, spent, is_final=end.is_final)
    held = Held(claim.id, claim.attempt)
    moved = await repository.end_attempt(uow.session, held, end, ending)
    if moved is not None:
        await _follow(uow, moved, claim.queue, wakes_now=end.outcome is AttemptOutcome.RELEASED)
    return moved


async def was_recorded(uow: UnitOfWork, claim: Claim, end: AttemptEnd) -> bool:
    """Whether this very end stands already: its reply was lost, not the race."""
    outcome = await repository.read_outcome(uow.session, Held(claim.id, claim.attempt))
    return outcome == end.outcome.value


async def reap_attempt(uow: UnitOfWork, lost: Expired, *, is_dead: bool) -> Moved | None:
    """End an attempt whose worker is silent, unless it has spoken meanwhile.

    Args:
        uow: The engine's unit of work.
        lost: The lease as it was found.
        is_dead: The worker's process is known to be gone, so the lease need not run out.
    """
    outcome = AttemptOutcome.CANCELED if lost.cancel_requested else AttemptOutcome.LOST
    ending = decide_ending(outcome, Spent(lost.failures, lost.losses, lost.max_attempts))
    abandoned = ending.status is Status.ABANDONED
    end = AttemptEnd(
        AttemptOutcome.LOST if outcome is AttemptOutcome.LOST else outcome,
        error_code="WORKER_LOST" if outcome is AttemptOutcome.LOST else None,
        error_message=_describe_loss(lost, abandoned=abandoned)
        if outcome is AttemptOutcome.LOST
        else None,
    )
    held = Held(lost.id, lost.attempt)
    moved = await repository.end_attempt(uow.session, held, end, ending, only_expired=not is_dead)
    if moved is not None:
        await _follow(uow, moved, None, wakes_now=False)
    return moved


def _describe_loss(lost: Expired, *, abandoned: bool) -> str:
    what = f"The worker of attempt {lost.attempt} went silent"
    if abandoned:
        return f"{what}; given up after {lost.losses + 1} lost attempts. Replay it to try again."
    return f"{what}; another one takes over."


async def _follow(uow: UnitOfWork, moved: Moved, queue: str | None, *, wakes_now: bool) -> None:
    uow.signal(execution_topic(moved.id), moved.seq)
    if moved.status in TERMINAL:
        await settle_parent(uow, moved)
        return
    if moved.parent_id is not None:
        await tell_parent(uow, moved.parent_id, "child.scheduled", describe_child(moved))
    if wakes_now and queue is not None:
        uow.wake(Wake(queue, moved.id))
