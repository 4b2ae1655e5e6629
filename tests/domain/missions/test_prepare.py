"""A worker is given a test as its run settled it, and secrets as the mission keeps them now."""

import pytest

from domain.executions.models import Execution
from domain.missions import repository
from domain.missions.models import Mission
from domain.missions.prepare import PreparedTest, prepare_browser_test
from domain.missions.update import UpdateMission, update_mission
from domain.shared.errors import Invalid, NotFound
from tests.factories.executions import make_execution
from tests.factories.missions import SEALER, make_mission_of, values
from tests.factories.templates import login_test, make_test
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    """A workspace whose tests may reach two hosts."""
    return await make_tenant(databases, allowed_hosts=["app.example.test", "*.cdn.example.test"])


async def make_claimed(tenant: Tenant, mission: Mission, **asked: object) -> Execution:
    """An execution of the mission's only test."""
    async with tenant.read() as session:
        found = await repository.read_tests_of_missions(session, tenant.workspace_id, [mission.id])
    (test,) = found[mission.id]
    return await make_execution(
        tenant,
        subject_id=test.id,
        input={"mission_test_id": str(test.id), **asked},
        timeout_seconds=77,
    )


async def prepare(tenant: Tenant, execution: Execution) -> PreparedTest:
    assert execution.subject_id is not None
    async with tenant.read() as session:
        return await prepare_browser_test(session, SEALER, execution.subject_id, execution)


async def change(tenant: Tenant, mission: Mission, **changes: object) -> None:
    async with tenant.begin() as uow:
        command = UpdateMission(mission.id, 1, **changes)
        await update_mission(uow, tenant.actor, command, sealer=SEALER)


async def test_a_test_comes_with_everything_that_belongs_to_it(tenant: Tenant):
    test = await make_test(tenant, login_test())
    mission = await make_mission_of(
        tenant, [test], parameters=values(username="ada", password="hunter2")
    )
    prepared = await prepare(tenant, await make_claimed(tenant, mission))
    assert prepared.parameters == {"username": "ada", "password": "hunter2"}
    assert prepared.secret_names == {"password"}
    assert prepared.allowed_hosts == ("app.example.test", "*.cdn.example.test")
    assert prepared.base_url == "https://app.example.test"
    assert prepared.scope_id == test.id
    assert prepared.timeout_seconds == 77
    assert [step["kind"] for step in prepared.steps] == ["goto", "fill", "fill"]


async def test_what_the_run_settled_beats_a_later_change_of_the_mission(tenant: Tenant):
    test = await make_test(tenant, login_test())
    mission = await make_mission_of(
        tenant, [test], parameters=values(username="ada", password="old")
    )
    claimed = await make_claimed(
        tenant, mission, base_url="https://then.example.test", parameters={"username": "ada"}
    )
    await change(
        tenant,
        mission,
        base_url="https://now.example.test",
        parameters=values(username="bob", password="new"),
    )
    prepared = await prepare(tenant, claimed)
    assert prepared.base_url == "https://then.example.test"
    assert prepared.parameters == {"username": "ada", "password": "new"}


async def test_a_value_that_was_taken_away_is_named(tenant: Tenant):
    test = await make_test(tenant, login_test())
    mission = await make_mission_of(
        tenant, [test], parameters=values(username="ada", password="old")
    )
    claimed = await make_claimed(tenant, mission)
    await change(tenant, mission, parameters=values(password=None))
    with pytest.raises(Invalid, match="no value any more: password"):
        await prepare(tenant, claimed)


async def test_a_plain_value_in_the_input_never_stands_for_a_secret_one(tenant: Tenant):
    test = await make_test(tenant, login_test())
    mission = await make_mission_of(
        tenant, [test], parameters=values(username="ada", password="sealed")
    )
    claimed = await make_claimed(tenant, mission, parameters={"password": "planted"})
    assert (await prepare(tenant, claimed)).parameters["password"] == "sealed"


async def test_a_test_of_another_workspace_is_not_found(tenant: Tenant, stranger: Tenant):
    test = await make_test(stranger, login_test())
    theirs = await make_mission_of(
        stranger, [test], parameters=values(username="ada", password="x")
    )
    claimed = await make_claimed(stranger, theirs)
    claimed.workspace_id = tenant.workspace_id
    with pytest.raises(NotFound):
        await prepare(tenant, claimed)
