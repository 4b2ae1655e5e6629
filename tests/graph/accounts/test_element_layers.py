"""How much the layers of the element cache count is a workspace's own affair."""

import pytest

from domain.missions import repository as missions
from domain.missions.prepare import prepare_browser_test
from tests.factories.executions import make_execution
from tests.factories.missions import SEALER, make_mission_of
from tests.factories.templates import make_test
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.fixtures.people import Ask, Member

pytestmark = pytest.mark.integration

LAYERS = """
fragment Layers on Workspace {
  elementLayers { structural visual behavioural context isDefault }
}"""
READ = f"query {{ me {{ workspace {{ id version ...Layers }} }} }} {LAYERS}"
UPDATE = f"""mutation ($input: UpdateWorkspaceInput!) {{ updateWorkspace(input: $input) {{
  workspace {{ ...Layers }} userErrors {{ code message field }} }} }} {LAYERS}"""
OWN = {"structural": 30, "visual": 25, "behavioural": 25, "context": 20, "isDefault": True}


async def read(ask: Ask, member: Member) -> dict:
    return (await ask(READ, by=member)).data["me"]["workspace"]


async def update(ask: Ask, member: Member, **changes: object) -> dict:
    now = await read(ask, member)
    given = {"id": now["id"], "expectedVersion": now["version"], **changes}
    return (await ask(UPDATE, by=member, input=given)).data["updateWorkspace"]


async def test_the_products_own_weights_count_until_others_are_set(ask: Ask, workspace_member):
    kim = await workspace_member()
    assert (await read(ask, kim))["elementLayers"] == OWN
    changed = await update(ask, kim, elementLayers={"visual": 0, "context": 99.5})
    assert changed["workspace"]["elementLayers"] == {
        **OWN,
        "visual": 0,
        "context": 99.5,
        "isDefault": False,
    }


async def test_they_stay_when_something_else_changes_and_null_brings_the_own_back(
    ask: Ask, workspace_member
):
    kim = await workspace_member()
    changed = (await update(ask, kim, elementLayers={"visual": 1}))["workspace"]
    assert (await update(ask, kim, name="Red"))["workspace"] == changed
    for empty in (None, {}, {"visual": None}):
        await update(ask, kim, elementLayers={"visual": 1})
        reset = await update(ask, kim, elementLayers=empty)
        assert reset["workspace"]["elementLayers"] == OWN


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        ({"visual": -1}, ["elementLayers", "visual"]),
        ({"visual": 100.1}, ["elementLayers", "visual"]),
        (dict.fromkeys(("structural", "visual", "behavioural", "context"), 0), ["elementLayers"]),
    ],
)
async def test_weights_that_cannot_be_are_refused(
    ask: Ask, workspace_member, layers: dict, field: list[str]
):
    kim = await workspace_member()
    refused = await update(ask, kim, elementLayers=layers)
    assert [error["field"] for error in refused["userErrors"]] == [field]
    assert (await read(ask, kim))["elementLayers"] == OWN


async def test_a_worker_is_given_them_with_the_test(
    ask: Ask, workspace_member, databases: Databases
):
    kim = await workspace_member()
    await update(ask, kim, elementLayers={"visual": 5})
    tenant = Tenant(databases, kim.actor)
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    async with tenant.read() as session:
        found = await missions.read_tests_of_missions(session, tenant.workspace_id, [mission.id])
    (test,) = found[mission.id]
    claimed = await make_execution(tenant, subject_id=test.id, input={})
    async with tenant.read() as session:
        prepared = await prepare_browser_test(session, SEALER, test.id, claimed)
    assert prepared.element_layers == {"visual": 5}
