"""Events of a run become progress whose counts fit each event, from wherever reading begins."""

import pytest

from domain.executions.models import ExecutionEvent
from domain.executions.states import Status
from domain.missions import repository
from domain.missions.progress import Progress, ProgressKind, ProgressReader, RunCounts
from domain.shared.ids import new_id
from tests.factories.executions import NOON, add_event, add_execution
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration

STORY = [
    ("execution.requested", {}),
    ("child.scheduled", {"status": "scheduled"}),
    ("child.started", {"status": "running"}),
    ("child.finished", {"status": "succeeded", "ms": 12}),
    ("child.finished", {"status": "failed"}),
    ("child.finished", {"status": "canceled"}),
    ("child.finished", {"status": "abandoned"}),
    ("execution.finished", {"status": "failed"}),
]
COUNTS = [(0, 0), (0, 0), (0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (4, 2)]


async def test_counts_are_the_same_wherever_reading_begins(tenant: Tenant):
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant, kind="mission", queue=None)
        for _ in range(4):
            await add_execution(uow.session, tenant, parent_id=run.id)
        events = [await add_event(uow.session, run, kind, data) for kind, data in STORY]
    for seq in range(len(STORY)):
        async with tenant.read() as session:
            reader = ProgressReader(
                await repository.count_until(session, tenant.workspace_id, run.id, seq)
            )
        seen = [reader.read(event) for event in events[seq:]]
        assert [(one.counts.done, one.counts.failed) for one in seen if one] == COUNTS[seq:]
        assert {one.counts.total for one in seen if one} == {4}


def read(kind: str, **data: object) -> Progress | None:
    event = ExecutionEvent(
        execution_id=new_id(), seq=7, workspace_id=new_id(), kind=kind, data=data, created_at=NOON
    )
    return ProgressReader(RunCounts(total=2)).read(event)


def test_a_step_of_a_test_is_told_with_its_place():
    execution_id, test_id = new_id(), new_id()
    progress = read(
        "child.progress",
        execution_id=str(execution_id),
        subject_id=str(test_id),
        title="Log in",
        status="running",
        step=2,
        steps=6,
        ms=41.5,
    )
    assert progress is not None
    assert (progress.seq, progress.at, progress.kind) == (7, NOON, ProgressKind.TEST_PROGRESS)
    assert (progress.execution_id, progress.test_id) == (execution_id, test_id)
    assert (progress.title, progress.status) == ("Log in", Status.RUNNING)
    assert (progress.step_index, progress.steps_total, progress.milliseconds) == (1, 6, 41.5)


def test_what_an_event_does_not_say_is_unknown():
    progress = read("execution.started")
    assert progress is not None
    assert (progress.test_id, progress.status, progress.step_index) == (None, None, None)


def test_events_of_other_kinds_are_none_of_a_watchers_business():
    assert read("execution.noticed") is None
