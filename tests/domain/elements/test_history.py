"""Every version that an element gets is written down: from what, why, and by whom or what."""

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.audit.models import AuditEntry
from domain.elements.errors import MalformedFingerprint
from domain.elements.invalidate import InvalidateElement, invalidate_element
from domain.elements.models import Element, ElementDecision, ElementVersion
from domain.elements.recall import recall_elements
from domain.elements.remember import RememberRun, remember_run
from domain.elements.restore import RestoreElementVersion, restore_element_version
from domain.elements.set_aside import (
    SetElementAside,
    UseElementAgain,
    set_element_aside,
    use_element_again,
)
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from domain.shared.ids import new_id
from tests.domain.elements.decisions import HIT, LEARNED, MISSED, decided, learned
from tests.factories.accounts import SettableClock
from tests.factories.evidence import png_bytes
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

SUGGESTED = decided("healed", "abstain", known=True, suggested=True, version=1)
PNG = base64.b64encode(png_bytes()).decode()


@dataclass
class Story:
    """Runs of one test, one after the other."""

    tenant: Tenant
    scope_id: object
    runs: int = 0

    async def run(self, decisions: object = (), versions: object = (), **more: object) -> object:
        """What a run reports; returns the id of its execution."""
        execution = await make_execution(self.tenant)
        here = self.tenant.workspace_id
        command = RememberRun(
            here, execution.id, execution.attempt, self.scope_id, decisions, versions
        )
        async with self.tenant.begin() as uow:
            await remember_run(uow, command, **more)
        return execution.id

    async def by_hand(self, verb: object, make: object, *given: object, **more: object) -> Element:
        """What a person does to the one element."""
        element = await self.element()
        async with self.tenant.begin() as uow:
            return await verb(uow, self.tenant.actor, make(element.id, *given, **more))

    async def element(self) -> Element:
        async with self.tenant.read() as session:
            return (await session.scalars(select(Element))).one()

    async def versions(self) -> list[ElementVersion]:
        async with self.tenant.read() as session:
            ordered = select(ElementVersion).order_by(ElementVersion.version)
            return list(await session.scalars(ordered))

    async def told(self) -> list[tuple[object, ...]]:
        rows = await self.versions()
        return [(row.version, row.parent, row.reason, row.status) for row in rows]

    async def decisions(self) -> list[ElementDecision]:
        async with self.tenant.read() as session:
            ordered = select(ElementDecision).order_by(ElementDecision.created_at)
            return list(await session.scalars(ordered))

    async def recalled(self) -> int:
        async with self.tenant.read() as session:
            here = self.tenant.workspace_id
            return len(await recall_elements(session, here, self.scope_id))


@pytest.fixture
async def story(databases: Databases) -> Story:
    return Story(await make_tenant(databases), new_id())


async def test_what_runs_find_is_a_history_with_parents_and_differences(story: Story) -> None:
    first = await story.run([LEARNED], [learned()])
    second = await story.run([HIT | {"version": 1}], [learned("healed", name="Store")])

    versions = await story.versions()

    assert await story.told() == [
        (1, None, "learned", "active"),
        (2, 1, "healed", "active"),
    ]
    assert [row.execution_id for row in versions] == [first, second]
    assert [row.made_by for row in versions] == [None, None]
    assert [row.changes for row in versions] == [{}, {"name": ["Save", "Store"]}]
    element = await story.element()
    assert (element.version, element.remembered) == (2, versions[1].remembered)


async def test_a_decision_names_the_version_it_asked_for_and_the_one_it_led_to(
    story: Story,
) -> None:
    await story.run([LEARNED], [learned()])
    again = HIT | {"version": 1, "milliseconds": 1.0}
    await story.run([again, HIT | {"version": 1}], [learned("updated")])

    rows = await story.decisions()

    told = [(row.version, row.new_version) for row in rows]
    assert sorted(told, key=str) == [(1, 2), (1, None), (None, 1)]
    assert {row.scope_id for row in rows} == {story.scope_id}


async def test_a_picture_comes_with_its_version(story: Story) -> None:
    await story.run([LEARNED], [learned() | {"picture": PNG}])
    assert [row.picture for row in await story.versions()] == [png_bytes()]


@pytest.mark.parametrize(
    "picture",
    [
        "",
        None,
        "no base64!",
        base64.b64encode(b"GIF89a").decode(),
        PNG[: len(PNG) // 2 // 4 * 4],
        base64.b64encode(png_bytes() + b"\x00" * 70_000 + png_bytes()[-8:]).decode(),
        7,
    ],
)
async def test_a_picture_that_is_too_large_or_none_is_left_out(
    story: Story, picture: object
) -> None:
    await story.run([LEARNED], [learned() | {"picture": picture}])
    assert [row.picture for row in await story.versions()] == [None]


async def test_what_a_model_was_asked_for_is_kept_with_the_decision(story: Story) -> None:
    usage = {"requests": 1, "input_tokens": 5, "output_tokens": 2, "cost_usd": 1, "model": "m"}
    await story.run([LEARNED | {"usage": usage}], [learned()])
    assert [row.usage for row in await story.decisions()] == [usage]


async def test_what_is_only_suggested_leaves_the_element_as_it_is(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    before = await story.element()
    await story.run([SUGGESTED], [learned("suggested", name="Store")])

    after = await story.element()

    assert (after.version, after.remembered) == (1, before.remembered)
    assert (await story.told())[1] == (2, 1, "suggested", "suggested")
    assert (await story.versions())[1].changes == {"name": ["Save", "Store"]}
    decision = (await story.decisions())[1]
    assert (decision.decision, decision.version, decision.new_version) == ("suggested", 1, 2)


async def test_the_same_suggestion_is_written_once(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    for _ in range(3):
        await story.run([SUGGESTED], [learned("suggested", name="Store")])
    assert len(await story.versions()) == 2
    assert [row.new_version for row in await story.decisions()] == [1, 2, 2, 2]
    await story.run([SUGGESTED], [learned("suggested", name="Keep")])
    assert len(await story.versions()) == 3


async def test_a_version_after_a_suggestion_has_the_next_number(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    await story.run([SUGGESTED], [learned("suggested", name="Store")])
    await story.run([HIT], [learned("updated", text="Save it")])
    assert (await story.told())[2] == (3, 1, "updated", "active")


async def test_nothing_is_suggested_for_what_is_not_known(story: Story) -> None:
    await story.run([SUGGESTED], [learned("suggested")])
    assert await story.versions() == []
    assert [row.element_id for row in await story.decisions()] == [None]


async def test_one_that_fails_too_often_is_invalidated_by_the_run(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    await story.run([HIT, HIT, HIT])
    run = await story.run([MISSED, MISSED])
    last = (await story.versions())[-1]
    assert (last.version, last.parent, last.reason) == (2, 1, "unreliable")
    assert (last.status, last.execution_id, last.changes) == ("invalidated", run, {})
    assert last.remembered == (await story.element()).remembered
    await story.run([LEARNED], [learned()])
    assert (await story.told())[-1] == (3, 2, "learned", "active")


async def test_an_unknown_reason_is_refused(story: Story) -> None:
    with pytest.raises(MalformedFingerprint):
        await story.run([LEARNED], [learned("restored")])


async def test_many_elements_take_as_many_statements_as_one(story: Story, count_statements) -> None:
    def report(count: int) -> tuple[list, list]:
        keys = [{"step_key": f"step-{place}"} for place in range(count)]
        missed = [MISSED | key for key in keys for _ in range(5)]
        return [*(HIT | key for key in keys), *missed], [learned("healed") | key for key in keys]

    counts = []
    for size in (1, 40):
        await story.run(*report(size))
        with count_statements() as log:
            await story.run(*report(size))
        counts.append(len(log))
    assert counts[0] == counts[1] <= 10


async def test_what_people_do_is_part_of_the_history(story: Story) -> None:
    await story.run([LEARNED], [learned() | {"picture": PNG}])
    await story.by_hand(set_element_aside, SetElementAside, "  not this one ")
    await story.by_hand(use_element_again, UseElementAgain)
    await story.by_hand(invalidate_element, InvalidateElement, "wrong button")

    versions = await story.versions()

    assert await story.told() == [
        (1, None, "learned", "active"),
        (2, 1, "deprecated", "deprecated"),
        (3, 2, "reinstated", "active"),
        (4, 3, "invalidated", "invalidated"),
    ]
    assert [row.note for row in versions] == [None, "not this one", None, "wrong button"]
    who = story.tenant.actor.user_id
    assert [row.made_by for row in versions] == [None, who, who, who]
    assert {row.picture for row in versions} == {png_bytes()}
    assert await story.recalled() == 0


async def test_an_element_that_is_said_to_be_wrong_stays_so_until_it_is_learned_anew(
    story: Story,
) -> None:
    await story.run([LEARNED], [learned()])
    await story.by_hand(invalidate_element, InvalidateElement)
    await story.by_hand(invalidate_element, InvalidateElement, "again")
    await story.run([HIT], [learned("healed", name="Store")])
    assert len(await story.versions()) == 2
    assert await story.recalled() == 0
    await story.run([LEARNED], [learned()])
    assert await story.recalled() == 1


async def test_an_earlier_version_is_restored_with_a_clean_record(story: Story) -> None:
    await story.run([LEARNED], [learned() | {"picture": PNG}])
    await story.run([HIT], [learned("healed", name="Store")])
    first = (await story.versions())[0]

    element = await story.by_hand(restore_element_version, RestoreElementVersion, 1)

    assert (element.version, element.status, element.reason) == (3, "active", "restored")
    assert (element.hits, element.misses) == (0, 0)
    assert element.description == "button “Save”"
    assert element.remembered["fingerprint"] == first.remembered["fingerprint"]
    last = (await story.versions())[-1]
    assert (last.parent, last.picture) == (1, png_bytes())
    assert last.changes == {"name": ["Store", "Save"]}
    assert last.made_by == story.tenant.actor.user_id


async def test_the_audit_log_says_what_was_restored_and_not_how_it_looks(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    await story.run([HIT], [learned("healed", name="Store")])
    await story.by_hand(restore_element_version, RestoreElementVersion, 1)
    async with story.tenant.read() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    told = json.loads(entry.record)
    assert (entry.action, told["after"]["restored"]) == ("element.restore", 1)
    assert (told["before"]["reason"], told["after"]["reason"]) == ("healed", "restored")
    assert "remembered" not in told["before"] | told["after"]


async def test_a_suggestion_is_accepted_by_restoring_it(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    await story.run([SUGGESTED], [learned("suggested", name="Store")])
    element = await story.by_hand(restore_element_version, RestoreElementVersion, 2)
    assert (element.version, element.description) == (3, "button “Store”")
    assert (await story.told())[-1] == (3, 2, "restored", "active")


async def test_a_version_that_is_set_aside_is_used_again_when_it_is_restored(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    await story.by_hand(set_element_aside, SetElementAside)
    await story.by_hand(restore_element_version, RestoreElementVersion, 1)
    assert await story.recalled() == 1


async def test_the_version_that_is_used_stays_as_it_is(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    await story.by_hand(restore_element_version, RestoreElementVersion, 1)
    assert len(await story.versions()) == 1


async def test_what_was_restored_counts_as_seen_so_that_it_is_not_forgotten(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    await story.run([HIT], [learned("updated", text="x")])
    clock = SettableClock()
    clock.pass_time(timedelta(days=99))
    element = await story.element()
    command = RestoreElementVersion(element.id, 1)
    async with story.tenant.begin() as uow:
        actor = story.tenant.actor
        await restore_element_version(uow, actor, command, clock=clock)
    assert (await story.element()).last_seen_at == clock.now()


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (RestoreElementVersion(new_id(), 9), NotFound),
        (RestoreElementVersion(new_id(), 1, 4), Conflict),
    ],
)
async def test_what_is_not_there_or_has_changed_is_not_restored(
    story: Story, command: RestoreElementVersion, refusal: type[Exception]
) -> None:
    await story.run([LEARNED], [learned()])
    element = await story.element()
    async with story.tenant.begin() as uow:
        with pytest.raises(refusal):
            await restore_element_version(
                uow, story.tenant.actor, replace(command, element_id=element.id)
            )


async def test_a_note_that_is_too_long_is_refused(story: Story) -> None:
    await story.run([LEARNED], [learned()])
    with pytest.raises(Invalid):
        await story.by_hand(invalidate_element, InvalidateElement, "x" * 501)
    assert len(await story.versions()) == 1


async def test_only_editors_of_this_workspace_change_the_history(
    story: Story, databases: Databases
) -> None:
    await story.run([LEARNED], [learned()])
    element, stranger = await story.element(), await make_tenant(databases)
    viewer = story.tenant.may_not("element.edit")
    for verb, command in (
        (invalidate_element, InvalidateElement(element.id)),
        (restore_element_version, RestoreElementVersion(element.id, 1)),
    ):
        async with story.tenant.begin() as uow:
            with pytest.raises(Forbidden):
                await verb(uow, viewer.actor, command)
        async with stranger.begin() as uow:
            with pytest.raises(NotFound):
                await verb(uow, stranger.actor, command)


async def test_nobody_sees_or_changes_the_history_of_another_workspace(
    story: Story, databases: Databases
) -> None:
    await story.run([LEARNED], [learned()])
    stranger = await make_tenant(databases)
    async with stranger.read() as session:
        assert (await session.scalars(select(ElementVersion))).all() == []


async def test_what_a_person_restored_stays_when_a_run_that_used_another_version_ends(
    story: Story,
) -> None:
    await story.run([LEARNED], [learned()])
    await story.run([HIT | {"version": 1}], [learned("healed", name="Wrong")])
    # While a run uses version 2, a person goes back to version 1.
    await story.by_hand(restore_element_version, RestoreElementVersion, 1)
    asked = decided("healed", "use", known=True, version=2)
    await story.run([asked], [learned("healed", name="Worse")])
    element = await story.element()
    assert (element.version, element.reason) == (3, "restored")
    assert (await story.told())[-1] == (4, 3, "suggested", "suggested")
