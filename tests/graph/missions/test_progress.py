"""The progress of a run is followed from any number on, each event once, by those who may."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest
from strawberry.types import ExecutionResult

from domain.executions.models import Execution
from domain.executions.states import AttemptOutcome, Status
from domain.missions.cancel import CancelRun, cancel_run
from domain.missions.models import Mission
from domain.shared.ids import new_id
from graph.support.ids import encode_id
from tests.factories.missions import children_of, end_run, make_mission_of, start
from tests.factories.templates import browser_test, make_test
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker, ToldSignIn, codes_of
from tests.graph.missions import documents
from tests.graph.missions.working import Worker

pytestmark = pytest.mark.integration

GOOD, BAD = AttemptOutcome.SUCCEEDED, AttemptOutcome.FAILED
WHOLE_STORY = [
    ("RUN_REQUESTED", None, None, (0, 0)),
    ("RUN_SCHEDULED", None, None, (0, 0)),
    ("RUN_STARTED", None, None, (0, 0)),
    ("TEST_SCHEDULED", "one", None, (0, 0)),
    ("TEST_STARTED", "one", None, (0, 0)),
    ("TEST_PROGRESS", "one", 0, (0, 0)),
    ("TEST_PROGRESS", "one", 1, (0, 0)),
    ("TEST_FINISHED", "one", None, (1, 0)),
    ("TEST_SCHEDULED", "two", None, (1, 0)),
    ("TEST_STARTED", "two", None, (1, 0)),
    ("TEST_PROGRESS", "two", 0, (1, 0)),
    ("TEST_PROGRESS", "two", 1, (1, 0)),
    ("TEST_FINISHED", "two", None, (2, 1)),
    ("RUN_FINISHED", None, None, (2, 1)),
]


@pytest.fixture
async def mission(tenant: Tenant) -> Mission:
    """Two browser tests, one after the other."""
    return await make_mission_of(
        tenant, [await make_test(tenant, browser_test(name)) for name in ("one", "two")]
    )


@pytest.fixture
async def run(tenant: Tenant, mission: Mission) -> Execution:
    """A run that waits for a worker."""
    return await start(tenant, mission)


def follow(
    asker: Asker, identity: str, after: int = 0, sign_in: ToldSignIn | None = None
) -> aclosing[AsyncGenerator[ExecutionResult, None]]:
    return aclosing(asker.follow(documents.PROGRESS, sign_in, id=identity, after=after))


def progress(result: ExecutionResult) -> dict:
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data["missionProgress"]


async def read_all(asker: Asker, identity: str, after: int = 0) -> list[dict]:
    async with asyncio.timeout(30), follow(asker, identity, after) as stream:
        return [progress(one) async for one in stream]


def tell(one: dict) -> tuple:
    counts = one["counts"]
    return (one["kind"], one["title"], one["stepIndex"], (counts["done"], counts["failed"]))


def run_id(run: Execution) -> str:
    return encode_id("Execution", run.id)


async def test_a_whole_run_is_told_while_it_happens(asker: Asker, run: Execution):
    watching = asyncio.create_task(read_all(asker, run_id(run)))
    await Worker(asker).carry_out(GOOD, BAD)
    story = await watching
    assert [tell(one) for one in story] == WHOLE_STORY
    assert [one["seq"] for one in story] == list(range(1, 15))
    assert {one["counts"]["total"] for one in story} == {2}
    assert story[-1]["run"] == {"id": run_id(run), "status": "FAILED"}
    step = story[6]
    assert (step["stepsTotal"], step["milliseconds"], step["status"]) == (2, 12.5, "RUNNING")
    assert step["test"]["name"] == "one"
    assert step["execution"]["id"] is not None
    assert (story[0]["test"], story[0]["execution"]) == (None, None)
    assert asker.live.listener_count == 0


async def test_a_watcher_who_resumes_sees_the_rest_exactly_once(asker: Asker, run: Execution):
    await Worker(asker).carry_out(GOOD, BAD)
    for after in range(15):
        rest = await read_all(asker, run_id(run), after)
        assert [one["seq"] for one in rest] == list(range(after + 1, 15))
        assert [tell(one) for one in rest] == WHOLE_STORY[after:]


async def test_a_watcher_who_leaves_in_the_middle_loses_nothing(asker: Asker, run: Execution):
    seen: list[dict] = []
    working = asyncio.create_task(Worker(asker).carry_out(GOOD, BAD))
    while not seen or seen[-1]["kind"] != "RUN_FINISHED":
        after = seen[-1]["seq"] if seen else 0
        async with asyncio.timeout(30), follow(asker, run_id(run), after) as stream:
            seen.append(progress(await anext(stream)))
            seen.append(progress(await anext(stream)))
    await working
    assert [tell(one) for one in seen] == WHOLE_STORY
    assert asker.live.listener_count == 0


async def test_the_newest_run_of_a_mission_is_followed(
    asker: Asker, tenant: Tenant, mission: Mission, run: Execution
):
    await end_run(tenant, run, Status.SUCCEEDED, Status.SUCCEEDED)
    newest = await start(tenant, mission)
    await Worker(asker).carry_out(GOOD, GOOD)
    story = await read_all(asker, encode_id("Mission", mission.id))
    assert {one["run"]["id"] for one in story} == {run_id(newest)}
    assert story[-1]["status"] == "SUCCEEDED"


async def test_the_run_is_shown_as_it_is_at_each_event(asker: Asker, run: Execution):
    async with asyncio.timeout(30), follow(asker, run_id(run)) as stream:
        before = [progress(await anext(stream)) for _ in range(4)]
        assert {one["run"]["status"] for one in before} == {"RUNNING"}
        assert before[-1]["execution"]["status"] == "SCHEDULED"
        claim = await Worker(asker).claim()
        started = progress(await anext(stream))
        assert started["execution"]["status"] == "RUNNING"
        assert started["execution"]["id"] == encode_id("Execution", claim.id)


async def test_a_canceled_run_ends_the_stream(asker: Asker, tenant: Tenant, run: Execution):
    async with tenant.begin() as uow:
        await cancel_run(uow, tenant.actor, CancelRun(run.id))
    story = await read_all(asker, run_id(run))
    assert [one["kind"] for one in story[4:]] == ["TEST_FINISHED", "TEST_FINISHED", "RUN_FINISHED"]
    assert story[-1]["status"] == "CANCELED"
    assert story[-1]["counts"] == {"total": 2, "done": 2, "failed": 0}


async def test_only_runs_and_missions_of_the_callers_workspace_are_followed(
    asker: Asker, tenant: Tenant, stranger: Tenant, run: Execution
):
    theirs = await make_mission_of(stranger, [await make_test(stranger)])
    their_run = await start(stranger, theirs)
    (child, _) = await children_of(tenant, run)
    ids = [
        run_id(their_run),
        encode_id("Mission", theirs.id),
        run_id(child),
        encode_id("Execution", new_id()),
        encode_id("MissionTest", run.id),
        "forged",
    ]
    for identity in ids:
        async with follow(asker, identity) as stream:
            result = await anext(stream)
        assert codes_of(result) == ["NOT_FOUND"]
        assert [error["message"] for error in result.errors or ()] == ["The run was not found."]


async def test_a_mission_that_was_never_started_is_told_from_a_missing_one(
    asker: Asker, mission: Mission
):
    async with follow(asker, encode_id("Mission", mission.id)) as stream:
        result = await anext(stream)
    assert codes_of(result) == ["CONFLICT"]
    assert [error["message"] for error in result.errors or ()] == [
        "This mission has not been started yet."
    ]


async def test_watching_needs_its_permission_from_the_start(asker: Asker, run: Execution):
    reader = asker.tenant.may_not("execution.read").actor
    async with follow(asker, run_id(run), sign_in=ToldSignIn(reader)) as stream:
        assert codes_of(await anext(stream)) == ["FORBIDDEN"]


@pytest.mark.parametrize("ending", ["FORBIDDEN", "UNAUTHENTICATED"])
async def test_who_loses_the_permission_sees_no_more(asker: Asker, run: Execution, ending: str):
    sign_in = ToldSignIn(asker.tenant.actor)
    async with asyncio.timeout(30), follow(asker, run_id(run), sign_in=sign_in) as stream:
        for _ in range(4):
            progress(await anext(stream))
        without = asker.tenant.actor.permissions - {"execution.read"}
        forbidden = replace(asker.tenant.actor, permissions=without)
        sign_in.actor = forbidden if ending == "FORBIDDEN" else None
        await Worker(asker).carry_out(GOOD)
        told = [codes_of(one) async for one in stream]
        assert told[-1] == [ending]


async def test_a_negative_number_is_refused(asker: Asker, run: Execution):
    async with follow(asker, run_id(run), after=-1) as stream:
        assert codes_of(await anext(stream)) == ["BAD_USER_INPUT"]
