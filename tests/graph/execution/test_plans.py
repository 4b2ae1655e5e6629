"""Plans are made once, whatever the variables, and read no more than is asked for."""

import pytest
from graphql import parse

from domain.missions import repository
from domain.shared.reads import Query, Where
from graph.execution.plan import SelectionPlan
from graph.execution.plans import MOST_KEPT, Plans
from graph.execution.run import execute_plan
from tests.factories.missions import make_mission
from tests.factories.templates import make_scenario, make_test
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.execution.building import build

pytestmark = pytest.mark.integration

NESTED = "{ missions { edges { node { name tests { name } } } } }"
CONDITIONAL = "query ($a: Boolean!, $n: Int) { missions(first: $n) @skip(if: $a) { totalCount } }"


def find(plans: Plans, tree, asker: Asker, **variables: object) -> SelectionPlan:
    return plans.find(build(tree, asker.context(), variables))


async def test_only_variables_that_decide_about_fields_make_another_plan(asker: Asker):
    tree = parse(CONDITIONAL)
    plans = Plans(tree)
    first = find(plans, tree, asker, a=False, n=1)
    assert find(plans, tree, asker, a=False, n=2) is first
    assert find(plans, tree, asker, a=True, n=1) is not first


async def test_a_document_with_many_answers_keeps_few_plans(asker: Asker):
    names = [f"a{number}" for number in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    asked = " ".join(f"{name}: __typename @include(if: ${name})" for name in names)
    tree = parse(f"query ({declared}) {{ {asked} }}")
    plans = Plans(tree)
    for number in range(64):
        given = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        find(plans, tree, asker, **given)
    assert len(plans._kept) == MOST_KEPT


async def test_each_level_is_read_once_with_the_columns_it_shows(
    asker: Asker, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
):
    scenario = await make_scenario(tenant, [await make_test(tenant), await make_test(tenant)])
    for _ in range(3):
        await make_mission(tenant, [scenario])
    read: list[str] = []
    fetch = Query.fetch

    async def note(self: Query, where: Where, **values: object):
        read.append(self.sql.partition("FROM")[0])
        return await fetch(self, where, **values)

    monkeypatch.setattr(Query, "fetch", note)
    tree = parse(NESTED)
    core = build(tree, asker.context(), {})
    result = await execute_plan(core, Plans(tree).find(core))
    assert result.data is not None
    assert [len(one["node"]["tests"]) for one in result.data["missions"]["edges"]] == [2, 2, 2]
    missions, tests = read
    assert columns_of(missions) == {"missions.id", "missions.name", "missions.created_at"}
    assert columns_of(tests) == {"mission_tests.mission_id", "mission_tests.name"}


def columns_of(statement: str) -> set[str]:
    return set(statement.removeprefix("SELECT ").replace("\n", "").strip().split(", "))


async def test_a_batch_without_keys_reads_nothing(tenant: Tenant, count_statements):
    reader = tenant.databases.app.reader()
    with count_statements() as log:
        found = await repository.read_tests_of_missions.read(reader, tenant.workspace_id, [])
    assert (found, len(log)) == ({}, 0)
