"""What a report shows of tests that did not come to their end: all steps, and all that was seen."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from domain.executions.models import Execution
from domain.executions.states import AttemptOutcome, Status
from domain.templates.rules import Parameter
from tests.api.reports.conftest import World
from tests.factories.elements import add_decision
from tests.factories.evidence import make_evidence, png_bytes
from tests.factories.executions import add_attempt, add_event, after
from tests.factories.missions import children_of, make_mission_of, start, values
from tests.factories.templates import browser_test, make_test, manual_test

pytestmark = pytest.mark.integration

STEPS = [
    {"kind": "goto", "url": "/"},
    {"kind": "act", "instruction": "click the Save button"},
    {"kind": "fill", "selector": "#name", "value": "{{name}}"},
    {"kind": "fill", "selector": "#pin", "value": "{{pin}}"},
]
TITLES = [
    "goto &#34;/&#34;",
    "act &#34;click the Save button&#34;",
    "fill &#34;#name&#34; with &#34;Ada&#34;",
    "fill &#34;#pin&#34; with &#34;{{pin}}&#34;",
]
SECRET = "4711-geheim"
STEP = re.compile(r'<li class="step is-(\w+)">.*?<span class="title">(.*?)</span>')


async def make_run(world: World, content=None) -> tuple[Execution, Execution]:
    """A run of one test that waits; the run and the test."""
    content = content or browser_test(
        "Save", steps=STEPS, parameters=[Parameter("name"), Parameter("pin", secret=True)]
    )
    given = values(name="Ada", pin=SECRET) if content.parameters else ()
    test = await make_test(world.tenant, content)
    mission = await make_mission_of(world.tenant, [test], parameters=given)
    run = await start(world.tenant, mission)
    (child,) = await children_of(world.tenant, run)
    return run, child


async def change(world: World, row: Execution, **changes: Any) -> Execution:
    """Write into an execution what an engine would."""
    async with world.tenant.begin() as uow:
        stored = await uow.session.get(Execution, row.id)
        assert stored is not None
        for name, value in changes.items():
            setattr(stored, name, value)
        return stored


async def begin(world: World, row: Execution, *outcomes: str | None, attempt: int = 1) -> Execution:
    """An attempt that begins and carries out one step per outcome; None: it did not come back."""
    begun = {"started_at": after(0), "status": Status.RUNNING, "attempt": attempt}
    await change(world, row, **begun)
    async with world.tenant.begin() as uow:
        stored = await uow.session.get(Execution, row.id)
        assert stored is not None
        await add_event(uow.session, stored, "execution.started", {"attempt": attempt})
        for index, outcome in enumerate(outcomes):
            told: Mapping[str, object] = {
                "index": index,
                "kind": STEPS[index]["kind"],
                "title": f"Title {index + 1}",
            }
            await add_event(uow.session, stored, "step.started", told)
            if outcome:
                ended = {"outcome": outcome, "ms": 5, "message": ""}
                await add_event(uow.session, stored, "step.finished", {**told, **ended})
        return stored


async def end(world: World, row: Execution, status: Status, **changes: Any) -> Execution:
    return await change(world, row, status=status, finished_at=after(2), **changes)


async def keep_picture(world: World, row: Execution, name: str, step_index: int | None) -> None:
    path = world.directory / f"{name}.png"
    path.write_bytes(png_bytes(64, 64))
    await make_evidence(
        world.tenant, world.storage, row, path, name=f"{name}.png", step_index=step_index
    )


def read_steps(page: str) -> list[tuple[str, str]]:
    return STEP.findall(page)


async def test_steps_after_a_failure_are_listed_as_not_reached(world: World):
    run, test = await make_run(world)
    await begin(world, test, "passed", "failed")
    await end(world, test, Status.FAILED, error_message="Step 2 (Title 2): no.")
    page = await world.read(run)
    assert read_steps(page) == [
        ("passed", "Title 1"),
        ("failed", "Title 2"),
        ("ahead", TITLES[2]),
        ("ahead", TITLES[3]),
    ]
    assert page.count(">not reached<") == 2
    assert "<dd>2<small> of 4</small></dd>" in page
    assert SECRET not in page


async def test_a_test_that_never_began_lists_all_its_steps(world: World):
    run, test = await make_run(world)
    await end(world, test, Status.CANCELED)
    page = await world.read(run)
    assert read_steps(page) == [("ahead", title) for title in TITLES]
    assert page.count(">not reached<") == 4
    assert "It was never begun." in page
    assert "was kept" not in page


async def test_steps_of_a_test_that_waits_or_runs_are_not_reached_yet(world: World):
    run, test = await make_run(world)
    assert (await world.read(run)).count(">not reached yet<") == 4
    await begin(world, test, "passed", None)
    page = await world.read(run)
    assert [outcome for outcome, _ in read_steps(page)] == ["passed", "running", "ahead", "ahead"]
    assert page.count(">not reached yet<") == 2


async def test_a_test_that_passed_reached_every_step(world: World):
    run, test = await make_run(world)
    await begin(world, test, "passed")
    await end(world, test, Status.SUCCEEDED)
    assert read_steps(await world.read(run)) == [("passed", "Title 1")]


async def test_no_step_runs_while_its_test_waits_for_another_worker(world: World):
    run, test = await make_run(world)
    await begin(world, test, "passed", None)
    await change(world, test, status=Status.SCHEDULED)
    outcomes = [outcome for outcome, _ in read_steps(await world.read(run))]
    assert outcomes == ["passed", "cut", "ahead", "ahead"]


async def test_a_canceled_test_shows_what_was_seen_until_then(world: World):
    run, test = await make_run(world)
    running = await begin(world, test, "passed", "stopped")
    await keep_picture(world, running, "before", 0)
    await keep_picture(world, running, "last-look", 1)
    async with world.tenant.begin() as uow:
        await add_decision(uow.session, running, "healed", step_index=1)
    await end(world, running, Status.CANCELED, error_message="Canceled on request.")
    page = await world.read(run)
    assert [outcome for outcome, _ in read_steps(page)] == ["passed", "cut", "ahead", "ahead"]
    assert "Screenshot before.png of step 1" in page
    assert "Screenshot last-look.png of step 2" in page
    assert "The page had changed; the element was recognised" in page
    assert "No picture and no file" not in page


async def test_a_test_without_any_evidence_says_so(world: World):
    run, test = await make_run(world)
    await begin(world, test, "passed", None)
    await end(world, test, Status.CANCELED, error_message="Canceled on request.")
    assert "No picture and no file of this test was kept." in await world.read(run)


async def test_an_attempt_whose_browser_crashed_keeps_its_place_and_its_pictures(world: World):
    run, test = await make_run(world)
    crashed = await begin(world, test, "passed", None)
    await keep_picture(world, crashed, "before-the-crash", 0)
    async with world.tenant.begin() as uow:
        await add_decision(uow.session, crashed, "learned")
    again = await begin(world, test, *["passed"] * 4, attempt=2)
    await keep_picture(world, again, "final", None)
    async with world.tenant.begin() as uow:
        await add_attempt(uow.session, again, 1, AttemptOutcome.LOST)
        await add_attempt(uow.session, again, 2, AttemptOutcome.SUCCEEDED)
    await end(world, again, Status.SUCCEEDED)
    page = await world.read(run)
    assert "It came to step 2 of 4." in page
    assert "Screenshot before-the-crash.png of attempt 1" in page
    assert "It came to step 4 of 4." not in page
    assert page.count("1 learned") == 1
    assert page.count("<figure") == 2


async def test_a_manual_test_tells_what_the_person_was_asked(world: World):
    run, test = await make_run(world, manual_test("Look at the lights"))
    note = "They are out."
    failed = {"error_message": note, "output": {"note": note}, "started_at": after(0)}
    await end(world, test, Status.FAILED, **failed)
    page = await world.read(run)
    assert "<li>Look at the lights</li>" in page
    assert "<li>Note their colour</li>" in page
    assert "not reached" not in page
    assert page.count(note) == 2, "once on top and once in the test"


async def test_the_count_of_tests_is_told_once(world: World):
    run, test = await make_run(world)
    await end(world, test, Status.CANCELED)
    counted = {"error_code": "CHILDREN_CANCELED", "error_message": "0 of 1 succeeded."}
    await end(world, run, Status.CANCELED, **counted)
    page = await world.read(run)
    assert "0 of 1 test passed, 1 canceled" in page
    assert "succeeded." not in page
