"""A mission is changed and deleted only as it was last seen, and by those who may."""

import pytest

from domain.missions import repository
from domain.missions.delete import DeleteMission, delete_mission
from domain.missions.models import Mission
from domain.missions.update import UpdateMission, update_mission
from domain.missions.values import Vault, read_plain, read_sealed
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from domain.shared.ids import new_id
from tests.factories.missions import BASE_URL, SEALER, make_mission, make_mission_of, values
from tests.factories.templates import login_test, make_test
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration


async def change(tenant: Tenant, command: UpdateMission) -> Mission:
    async with tenant.begin() as uow:
        return await update_mission(uow, tenant.actor, command, sealer=SEALER)


async def remove(tenant: Tenant, command: DeleteMission) -> Mission:
    async with tenant.begin() as uow:
        return await delete_mission(uow, tenant.actor, command)


async def test_only_what_is_mentioned_changes(tenant: Tenant):
    mission = await make_mission(tenant)
    changed = await change(tenant, UpdateMission(mission.id, 1, name=" Smoke "))
    assert (changed.name, changed.base_url, changed.version) == ("Smoke", BASE_URL, 2)
    cleared = await change(tenant, UpdateMission(mission.id, 2, base_url=None))
    assert (cleared.name, cleared.base_url, cleared.version) == ("Smoke", None, 3)


async def test_values_that_are_not_named_stay(tenant: Tenant):
    test = await make_test(tenant, login_test())
    given = values(username="ada", password="first")
    mission = await make_mission_of(tenant, [test], parameters=given)
    changed = await change(tenant, UpdateMission(mission.id, 1, parameters=values(username="bob")))
    assert read_plain(changed.parameters) == {"username": "bob"}
    sealed = read_sealed(changed.parameters)["password"]
    assert Vault(SEALER, mission.id).open("password", sealed) == "first"
    changed = await change(
        tenant, UpdateMission(mission.id, 2, parameters=values(username=None, password=None))
    )
    assert changed.parameters == {}


async def test_undeclared_values_are_refused(tenant: Tenant):
    mission = await make_mission(tenant)
    with pytest.raises(Invalid) as raised:
        await change(tenant, UpdateMission(mission.id, 1, parameters=values(nobody="x")))
    assert raised.value.field == ("parameters", "0", "name")


async def test_a_stale_version_is_refused(tenant: Tenant):
    mission = await make_mission(tenant)
    await change(tenant, UpdateMission(mission.id, 1, name="first"))
    with pytest.raises(Conflict, match="at version 2, not 1"):
        await change(tenant, UpdateMission(mission.id, 1, name="second"))
    with pytest.raises(Conflict, match="at version 2, not 1"):
        await remove(tenant, DeleteMission(mission.id, 1))


async def test_a_deleted_mission_is_gone_for_readers_and_verbs(tenant: Tenant):
    mission = await make_mission(tenant)
    await remove(tenant, DeleteMission(mission.id))
    async with tenant.read() as session:
        assert await repository.read_missions(session, tenant.workspace_id, [mission.id]) == {}
    with pytest.raises(NotFound):
        await change(tenant, UpdateMission(mission.id, 2, name="x"))


async def test_another_workspaces_mission_answers_as_a_missing_one(
    tenant: Tenant, stranger: Tenant
):
    theirs = await make_mission(stranger)
    for mission_id in (theirs.id, new_id()):
        with pytest.raises(NotFound, match="The mission was not found"):
            await change(tenant, UpdateMission(mission_id, 1, name="x"))
        with pytest.raises(NotFound, match="The mission was not found"):
            await remove(tenant, DeleteMission(mission_id))


async def test_every_verb_needs_the_permission_to_edit(tenant: Tenant):
    mission = await make_mission(tenant)
    reader = tenant.may_not("mission.edit")
    with pytest.raises(Forbidden):
        await change(reader, UpdateMission(mission.id, 1, name="x"))
    with pytest.raises(Forbidden):
        await remove(reader, DeleteMission(mission.id))
