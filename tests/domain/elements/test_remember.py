"""What a run learned is there for the next one, once, and for nobody else."""

import pytest
from sqlalchemy import select

from domain.elements.errors import MalformedFingerprint
from domain.elements.models import Element, ElementDecision
from domain.elements.recall import recall_elements
from domain.elements.remember import RememberRun, remember_run
from domain.elements.set_aside import (
    SetElementAside,
    UseElementAgain,
    set_element_aside,
    use_element_again,
)
from domain.elements.stored import StoredElement
from domain.shared.errors import Forbidden, NotFound
from domain.shared.ids import new_id
from tests.domain.elements.decisions import HIT, LEARNED, MISSED, STEP, decided, learned
from tests.domain.elements.elements import SAVE, stored
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

SCOPE = new_id()


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


async def remember(tenant: Tenant, decisions: object = (), versions: object = ()) -> bool:
    execution = await make_execution(tenant)
    command = RememberRun(
        tenant.workspace_id, execution.id, execution.attempt, SCOPE, decisions, versions
    )
    async with tenant.begin() as uow:
        return await remember_run(uow, command)


async def recall(tenant: Tenant) -> list[dict[str, object]]:
    async with tenant.read() as session:
        return await recall_elements(session, tenant.workspace_id, SCOPE)


async def read_element(tenant: Tenant) -> Element:
    async with tenant.read() as session:
        return (await session.scalars(select(Element))).one()


async def read_decisions(tenant: Tenant) -> list[ElementDecision]:
    async with tenant.read() as session:
        return list(
            await session.scalars(select(ElementDecision).order_by(ElementDecision.created_at))
        )


async def test_what_was_learned_is_recalled(tenant: Tenant) -> None:
    assert await remember(tenant, [LEARNED], [learned()])

    (entry,) = await recall(tenant)

    assert (entry["step_key"], entry["url_pattern"]) == ("save-step", "/users/*")
    known = StoredElement.from_json(entry["element"])
    assert (known.fingerprint, known.selectors) == (SAVE, stored().selectors)
    assert (known.version, known.successes, known.failures) == (1, 0, 0)


async def test_a_later_version_replaces_the_earlier_one_and_keeps_its_record(
    tenant: Tenant,
) -> None:
    await remember(tenant, [LEARNED], [learned()])
    await remember(tenant, [HIT])
    await remember(tenant, [HIT], [learned("healed", name="Store")])

    row = await read_element(tenant)

    assert (row.version, row.reason, row.hits, row.misses) == (2, "healed", 2, 0)
    assert row.description == "button “Store”"


async def test_one_page_does_not_overwrite_what_was_learned_on_another(tenant: Tenant) -> None:
    elsewhere = learned() | {"url_pattern": "/groups/*"}

    await remember(tenant, [], [learned(), elsewhere])

    assert {entry["url_pattern"] for entry in await recall(tenant)} == {"/users/*", "/groups/*"}


async def test_a_use_counts_for_the_element_that_was_asked_for(tenant: Tenant) -> None:
    await remember(tenant, [], [learned()])

    elsewhere = {**HIT, "url_pattern": "/groups/*", "recalled_from": "/users/*"}
    await remember(tenant, [elsewhere])

    (decision,) = await read_decisions(tenant)
    row = await read_element(tenant)
    assert (decision.element_id, row.hits) == (row.id, 1)


async def test_every_decision_is_kept_with_its_scores(tenant: Tenant) -> None:
    await remember(tenant, [LEARNED], [learned()])
    await remember(tenant, [HIT, MISSED])

    first, hit, missed = await read_decisions(tenant)

    row = await read_element(tenant)
    assert [one.decision for one in (first, hit, missed)] == ["learned", "hit", "abstained"]
    assert {one.element_id for one in (first, hit, missed)} == {row.id}
    assert (hit.score, hit.runner_up, hit.milliseconds, hit.step_index) == (97.5, 40.0, 8.5, 3)
    assert (hit.layers["structural"], hit.layers["visual"]) == (100.0, None)
    assert missed.candidates == [{"element": "a", "reason": "b", "score": 80.0}]
    assert (row.hits, row.misses) == (1, 1)


@pytest.mark.parametrize(
    ("decision", "name"),
    [
        (decided("cache", "use_and_verify"), "hit_verified"),
        (decided("cache", "use_and_verify", confirmed=False), "abstained"),
        (decided("healed", "use", known=True), "healed"),
        (decided("heuristic", "use_and_verify", known=True), "healed"),
        (decided("heuristic", "use_and_verify"), "learned"),
        (decided("selector", "use", known=True), "learned"),
        (decided("heuristic", "use_and_verify", known=True, healing="off"), "learned"),
        (decided("heuristic", "abstain"), "not_found"),
        (decided("llm", "use", purpose="extract"), "extracted"),
        (decided("healed", "abstain", known=True, suggested=True, considered=[1]), "suggested"),
    ],
)
async def test_decisions_have_names(tenant: Tenant, decision: dict[str, object], name: str) -> None:
    await remember(tenant, [decision])

    assert [one.decision for one in await read_decisions(tenant)] == [name]


async def test_a_replaced_attempt_writes_nothing(tenant: Tenant) -> None:
    execution = await make_execution(tenant, attempt=2)
    stale = RememberRun(tenant.workspace_id, execution.id, 1, SCOPE, [LEARNED], [learned()])

    async with tenant.begin() as uow:
        assert not await remember_run(uow, stale)

    assert await recall(tenant) == []
    assert await read_decisions(tenant) == []


async def test_another_workspace_sees_nothing(tenant: Tenant, databases: Databases) -> None:
    await remember(tenant, [LEARNED], [learned()])
    stranger = await make_tenant(databases)

    assert await recall(stranger) == []
    async with stranger.read() as session:
        assert await recall_elements(session, tenant.workspace_id, SCOPE) == []


async def test_an_element_that_fails_too_often_is_set_aside_and_can_be_learned_anew(
    tenant: Tenant,
) -> None:
    await remember(tenant, [LEARNED], [learned()])
    await remember(tenant, [HIT, HIT, MISSED])
    assert len(await recall(tenant)) == 1

    await remember(tenant, [MISSED, MISSED])
    assert await recall(tenant) == []
    assert (await read_element(tenant)).status == "invalidated"

    await remember(tenant, [LEARNED], [learned()])
    row = await read_element(tenant)
    assert (row.status, row.hits, row.misses) == ("active", 0, 0)


async def test_recalling_takes_two_statements_for_any_number(
    tenant: Tenant, count_statements
) -> None:
    await remember(tenant, [], [learned() | {"step_key": f"step-{n}"} for n in range(30)])

    with count_statements() as log:
        assert len(await recall(tenant)) == 30

    assert len(log) == 2


async def test_remembering_takes_as_many_statements_for_one_element_as_for_many(
    tenant: Tenant, count_statements
) -> None:
    def run(count: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        keys = [{"step_key": f"step-{n}"} for n in range(count)]
        return [HIT | key for key in keys], [learned() | key for key in keys]

    await remember(tenant, *run(1))
    await remember(tenant, *run(25))
    counts = []
    for size in (1, 25):
        with count_statements() as log:
            await remember(tenant, *run(size))
        counts.append(len(log))

    assert counts[0] == counts[1]


async def test_what_does_not_describe_an_element_is_refused(tenant: Tenant) -> None:
    with pytest.raises(MalformedFingerprint):
        await remember(tenant, [], [{**STEP, "fingerprint": {}, "selectors": []}])


async def test_a_person_sets_an_element_aside_and_takes_it_back(tenant: Tenant) -> None:
    await remember(tenant, [LEARNED], [learned()])
    element_id = (await read_element(tenant)).id

    async with tenant.begin() as uow:
        await set_element_aside(uow, tenant.actor, SetElementAside(element_id))
    assert await recall(tenant) == []

    async with tenant.begin() as uow:
        await use_element_again(uow, tenant.actor, UseElementAgain(element_id))
    assert len(await recall(tenant)) == 1


@pytest.mark.parametrize(("reason", "recalled"), [("updated", 0), ("healed", 0), ("learned", 1)])
async def test_a_run_that_began_before_does_not_undo_what_a_person_set_aside(
    tenant: Tenant, reason: str, recalled: int
) -> None:
    await remember(tenant, [LEARNED], [learned()])
    element_id = (await read_element(tenant)).id
    async with tenant.begin() as uow:
        await set_element_aside(uow, tenant.actor, SetElementAside(element_id))

    await remember(tenant, [HIT], [learned(reason)])

    assert len(await recall(tenant)) == recalled


async def test_only_editors_of_this_workspace_set_elements_aside(
    tenant: Tenant, databases: Databases
) -> None:
    await remember(tenant, [LEARNED], [learned()])
    element_id = (await read_element(tenant)).id
    viewer, stranger = tenant.may_not("element.edit"), await make_tenant(databases)

    for verb, command in (
        (set_element_aside, SetElementAside(element_id)),
        (use_element_again, UseElementAgain(element_id)),
    ):
        async with tenant.begin() as uow:
            with pytest.raises(Forbidden):
                await verb(uow, viewer.actor, command)
        async with stranger.begin() as uow:
            with pytest.raises(NotFound):
                await verb(uow, stranger.actor, command)
