"""What the element cache was good for, by period and test."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.elements.statistics import repository
from domain.shared.ids import new_id
from graph.support.ids import encode_id
from tests.factories.elements import add_decision
from tests.factories.executions import add_execution
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.elements.conftest import make_element

pytestmark = pytest.mark.integration

STATISTICS = """query ($from: DateTime!, $to: DateTime!, $scope: ID) {
  elementStatistics(from: $from, to: $to, scopeId: $scope) {
    hitRate unused millisecondsSaved
    decisions { hit hitVerified healed learned abstained notFound suggested total }
    scores { above below count } confidence { above count }
    llm { requests inputTokens outputTokens costUsd }
    days { day hitRate millisecondsSaved decisions { total } llm { requests } } } }"""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
USAGE = {"requests": 2, "input_tokens": 100, "output_tokens": 7, "cost_usd": 0.25}


async def decide(tenant: Tenant, *decisions: tuple[str, object, dict]) -> None:
    """Decisions with their scope, and what else is said of them."""
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant)
        for name, scope, more in decisions:
            values = {"scope_id": scope, "created_at": NOON, **more}
            await add_decision(uow.session, run, name, **values)


async def test_decisions_of_a_period_are_added_up_by_kind_and_day(tenant: Tenant, asker: Asker):
    scope = new_id()
    await decide(
        tenant,
        ("hit", scope, {"score": 100.0}),
        ("hit_verified", scope, {"score": 79.9}),
        ("learned", scope, {"score": None, "usage": USAGE, "milliseconds": 500.0}),
        ("suggested", scope, {"created_at": NOON + timedelta(days=1), "usage": USAGE}),
        ("hit", scope, {"created_at": NOON + timedelta(days=31)}),
    )

    found = (await asker.ask(STATISTICS, **MARCH))["elementStatistics"]

    kinds = ("hit", "hitVerified", "learned", "suggested")
    assert found["decisions"] == {
        **dict.fromkeys(("healed", "abstained", "notFound"), 0),
        **dict.fromkeys(kinds, 1),
        "total": 4,
    }
    assert found["hitRate"] == 0.5
    assert [bucket["count"] for bucket in found["scores"]] == [0, 0, 0, 0, 0, 0, 0, 1, 0, 2]
    assert (found["scores"][9]["above"], found["scores"][9]["below"]) == (90, 100)
    spent = {"requests": 4, "inputTokens": 200, "outputTokens": 14, "costUsd": 0.5}
    assert found["llm"] == spent
    days = [(one["day"], one["decisions"]["total"]) for one in found["days"]]
    assert days == [("2026-03-02T00:00:00Z", 3), ("2026-03-03T00:00:00Z", 1)]


async def test_a_hit_saves_what_learning_takes_in_its_test_less_its_own_time(
    tenant: Tenant, asker: Asker
):
    one, other = new_id(), new_id()
    before = {"created_at": NOON - timedelta(days=60)}
    await decide(
        tenant,
        *(("learned", one, {"milliseconds": took, **before}) for took in (100.0, 300.0, 9_000.0)),
        ("hit", one, {"milliseconds": 10.0}),
        ("hit_verified", one, {"milliseconds": 50.0}),
        ("hit", one, {"milliseconds": 400.0}),
        ("healed", one, {"milliseconds": 10.0}),
        ("hit", other, {"milliseconds": 10.0}),
    )
    found = (await asker.ask(STATISTICS, **MARCH))["elementStatistics"]
    assert found["millisecondsSaved"] == 290.0 + 250.0


async def test_elements_are_counted_by_how_reliable_they_are_now(tenant: Tenant, asker: Asker):
    for hits, misses in ((0, 0), (0, 1), (9, 1), (4, 0), (1, 1)):
        await make_element(tenant, hits=hits, misses=misses)
    found = (await asker.ask(STATISTICS, **MARCH))["elementStatistics"]
    assert [one["count"] for one in found["confidence"]] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert (found["unused"], found["hitRate"], found["days"]) == (1, None, [])


async def test_one_test_is_counted_alone(tenant: Tenant, asker: Asker):
    scope = new_id()
    await decide(tenant, ("hit", scope, {}), ("healed", new_id(), {}))
    scoped = {**MARCH, "scope": encode_id("TestTemplate", scope)}
    found = (await asker.ask(STATISTICS, **scoped))["elementStatistics"]
    assert (found["decisions"]["total"], found["decisions"]["hit"]) == (1, 1)


async def test_a_test_of_elsewhere_is_as_unknown_as_one_that_is_not_there(
    tenant: Tenant, stranger: Tenant, asker: Asker
):
    scope = new_id()
    await decide(stranger, ("hit", scope, {}))
    await make_element(stranger, scope_id=scope)
    for unknown in (scope, new_id()):
        given = {**MARCH, "scope": encode_id("TestTemplate", unknown)}
        assert await asker.ask(STATISTICS, **given) == {"elementStatistics": None}


@pytest.mark.parametrize("to", ["2026-02-28T00:00:00Z", "2027-04-01T00:00:00Z"])
async def test_periods_that_end_too_early_or_too_late_are_refused(asker: Asker, to: str):
    assert await asker.codes(STATISTICS, **{**MARCH, "to": to}) == ["BAD_USER_INPUT"]


async def test_it_takes_two_statements(tenant: Tenant, asker: Asker, count_statements):
    await decide(tenant, ("hit", new_id(), {}))
    with count_statements() as log:
        await asker.ask(STATISTICS, **MARCH)
    assert len(log) == 2


@pytest.mark.parametrize("scoped", [False, True])
async def test_both_readings_of_decisions_go_by_an_index(tenant: Tenant, *, scoped: bool):
    given = {"workspace": tenant.workspace_id, "since": NOON, "until": NOON + timedelta(days=1)}
    if scoped:
        given["scope"] = new_id()
    async with tenant.read() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = f"EXPLAIN {repository.write_by_day(scoped=scoped)}"
        plan = "\n".join(await session.scalars(text(explain), given))
    conditions = [line for line in plan.splitlines() if "Index Cond" in line]
    assert any("workspace_id" in one and "created_at >=" in one for one in conditions)
    assert scoped == any("scope_id =" in one and "created_at >=" in one for one in conditions)
    assert "ix_element_decisions_learned" in plan
    assert "Seq Scan" not in plan
