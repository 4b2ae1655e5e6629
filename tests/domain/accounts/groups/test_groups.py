"""Custom groups: made, changed and deleted, within what their maker holds himself."""

import pytest

from domain.accounts.groups import repository
from domain.accounts.groups.create import CreateGroup, create_group
from domain.accounts.groups.delete import DeleteGroup, delete_group
from domain.accounts.groups.rules import MAX_GROUPS
from domain.accounts.groups.update import UpdateGroup, update_group
from domain.accounts.members.assign import SetMemberGroups, set_member_groups
from domain.accounts.models import Group
from domain.accounts.permissions import EVERYBODY, PRESET_GROUPS
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from domain.shared.ids import new_id
from tests.domain.accounts.acting import Stage
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration


async def make(stage: Stage, by: Member, name: str, *permissions: str) -> Group:
    return await stage.act(by, create_group, CreateGroup(name, permissions))


async def held_by(stage: Stage, group: Group) -> frozenset[str]:
    async with stage.databases.app.session(group.workspace_id) as session:
        found = await repository.read_permissions(session, group.workspace_id, [group.id])
    return found[group.id]


async def test_members_of_a_custom_group_hold_what_it_holds(stage: Stage):
    kim = await stage.founder()
    await make(stage, kim, "Watchers", "mission.read", "execution.read")
    lu = await stage.colleague(kim, "Watchers")
    assert lu.actor.permissions == {"mission.read", "execution.read"} | EVERYBODY


async def test_case_40_a_group_cannot_hold_what_its_maker_lacks(stage: Stage):
    kim = await stage.founder()
    await make(stage, kim, "clerks", "group.edit", "mission.read")
    clerk = await stage.colleague(kim, "clerks")
    with pytest.raises(Forbidden, match=r"mission\.run"):
        await make(stage, clerk, "runners", "mission.read", "mission.run")
    group = await make(stage, clerk, "readers", "mission.read")
    with pytest.raises(Forbidden, match=r"mission\.edit"):
        command = UpdateGroup(group.id, 1, permissions=["mission.read", "mission.edit"])
        await stage.act(clerk, update_group, command)
    assert await held_by(stage, group) == {"mission.read"}


async def test_nobody_takes_from_a_group_what_he_does_not_hold(stage: Stage):
    kim = await stage.founder()
    await make(stage, kim, "clerks", "group.edit", "mission.read")
    clerk = await stage.colleague(kim, "clerks")
    group = await make(stage, kim, "runners", "mission.read", "mission.run")
    with pytest.raises(Forbidden, match=r"mission\.run"):
        command = UpdateGroup(group.id, 1, permissions=["mission.read"])
        await stage.act(clerk, update_group, command)
    with pytest.raises(Forbidden, match=r"mission\.run"):
        await stage.act(clerk, delete_group, DeleteGroup(group.id))
    await stage.act(clerk, update_group, UpdateGroup(group.id, 1, name="Runners"))


@pytest.mark.parametrize("name", ["world.domination", "account.self", "workspace.own", ""])
async def test_a_group_cannot_hold_what_no_group_can(stage: Stage, name: str):
    kim = await stage.founder()
    with pytest.raises(Invalid) as refused:
        await make(stage, kim, "Everything", "mission.read", name)
    assert refused.value.field == ("permissions", "1")


@pytest.mark.parametrize("preset", PRESET_GROUPS)
async def test_preset_groups_stay_as_they_are(stage: Stage, preset: str):
    kim = await stage.founder()
    group_id = await stage.group(kim, preset)
    with pytest.raises(Conflict, match="Preset"):
        await stage.act(kim, update_group, UpdateGroup(group_id, 1, name="Ours"))
    with pytest.raises(Conflict, match="Preset"):
        await stage.act(kim, delete_group, DeleteGroup(group_id))


async def test_a_change_names_the_version_it_was_made_for(stage: Stage):
    kim = await stage.founder()
    group = await make(stage, kim, "A", "mission.read")
    changed = await stage.act(kim, update_group, UpdateGroup(group.id, 1, name="B"))
    assert (changed.name, changed.version) == ("B", 2)
    with pytest.raises(Conflict, match="version 2"):
        await stage.act(kim, update_group, UpdateGroup(group.id, 1, name="C"))
    with pytest.raises(Conflict, match="version 2"):
        await stage.act(kim, delete_group, DeleteGroup(group.id, expected_version=1))


async def test_a_name_is_used_once_and_free_again_after_deletion(stage: Stage):
    kim = await stage.founder()
    group = await make(stage, kim, "Ours")
    for taken in ("Ours", "admin", " Ours "):
        with pytest.raises(Conflict, match="of this name"):
            await make(stage, kim, taken)
    await stage.act(kim, delete_group, DeleteGroup(group.id))
    assert (await make(stage, kim, "Ours")).id != group.id


async def test_whoever_was_in_a_deleted_group_has_lost_what_it_held(stage: Stage):
    kim = await stage.founder()
    group = await make(stage, kim, "Readers", "mission.read")
    lu = await stage.colleague(kim, "Readers", "blue")
    await stage.act(kim, delete_group, DeleteGroup(group.id))
    assert await stage.groups_of(lu) == ["blue"]


async def test_the_last_group_that_manages_members_stays(stage: Stage):
    kim = await stage.founder()
    group = await make(stage, kim, "Managers", "member.edit", "group.edit")
    ids = [group.id]
    await stage.act(kim, set_member_groups, SetMemberGroups(kim.actor.user_id, ids))
    managers = await stage.permissions_of(kim)
    assert managers is not None
    assert "member.edit" in managers
    with pytest.raises(Conflict, match="Nobody would be left"):
        await stage.act(kim, delete_group, DeleteGroup(group.id))
    with pytest.raises(Conflict, match="Nobody would be left"):
        command = UpdateGroup(group.id, 1, permissions=["group.edit"])
        await stage.act(kim, update_group, command)


async def test_there_is_an_end_to_groups(stage: Stage):
    kim = await stage.founder()
    for number in range(MAX_GROUPS - len(PRESET_GROUPS)):
        await make(stage, kim, f"group {number}")
    with pytest.raises(Conflict, match="at most"):
        await make(stage, kim, "one more")


async def test_groups_need_their_permission(stage: Stage):
    kim = await stage.founder()
    ed = await stage.colleague(kim, "editor")
    group = await make(stage, kim, "Readers", "mission.read")
    for verb, command in (
        (create_group, CreateGroup("Mine", ["mission.read"])),
        (update_group, UpdateGroup(group.id, 1, name="Mine")),
        (delete_group, DeleteGroup(group.id)),
    ):
        with pytest.raises(Forbidden, match=r"group\.edit"):
            await stage.act(ed, verb, command)


async def test_case_17_groups_of_elsewhere_are_not_there(stage: Stage):
    kim, other = await stage.founder(), await stage.founder()
    theirs = (await make(stage, other, "Readers", "mission.read")).id
    for group_id in (theirs, new_id()):
        for verb, command in (
            (update_group, UpdateGroup(group_id, 1, name="Mine")),
            (delete_group, DeleteGroup(group_id)),
        ):
            with pytest.raises(NotFound, match=r"^The group was not found\.$"):
                await stage.act(kim, verb, command)
