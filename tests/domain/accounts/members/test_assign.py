"""Who is in which group; nobody gives or takes what he does not hold."""

import pytest

from domain.accounts.groups.create import CreateGroup, create_group
from domain.accounts.members.assign import SetMemberGroups, set_member_groups
from domain.accounts.permissions import ADMIN, EXECUTOR, VIEWER
from domain.shared.errors import Conflict, Forbidden, NotFound
from domain.shared.ids import new_id
from tests.domain.accounts.acting import Stage
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration


async def assign(stage: Stage, by: Member, whom: Member, *names: str) -> None:
    ids = [await stage.group(by, name) for name in names]
    await stage.act(by, set_member_groups, SetMemberGroups(whom.actor.user_id, ids))


async def make_clerk(stage: Stage, kim: Member, *permissions: str) -> Member:
    """Somebody in a custom group that may manage members, and hold this besides."""
    names = ["member.edit", *permissions]
    await stage.act(kim, create_group, CreateGroup("clerks", names))
    return await stage.colleague(kim, "clerks")


async def test_a_member_is_in_the_groups_that_are_named_and_in_no_other(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "viewer", "editor")
    await assign(stage, kim, lu, "viewer", "executor")
    assert await stage.groups_of(lu) == ["executor", "viewer"]
    assert await stage.permissions_of(lu) == VIEWER | EXECUTOR


async def test_a_change_is_felt_with_the_next_operation(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "admin")
    await assign(stage, kim, lu, "viewer")
    assert await stage.permissions_of(lu) == VIEWER


async def test_case_40_nobody_gives_a_group_that_holds_more_than_he_does(stage: Stage):
    kim = await stage.founder()
    clerk = await make_clerk(stage, kim, "mission.read")
    lu = await stage.colleague(kim)
    for group in ("admin", "viewer"):
        with pytest.raises(Forbidden, match="does not hold"):
            await assign(stage, clerk, lu, group)
    assert await stage.groups_of(lu) == []


async def test_case_40_nobody_raises_himself(stage: Stage):
    kim = await stage.founder()
    clerk = await make_clerk(stage, kim)
    with pytest.raises(Forbidden):
        await assign(stage, clerk, clerk, "clerks", "admin")
    assert await stage.groups_of(clerk) == ["clerks"]


async def test_nobody_takes_away_what_he_does_not_hold(stage: Stage):
    kim = await stage.founder()
    clerk = await make_clerk(stage, kim)
    with pytest.raises(Forbidden):
        await assign(stage, clerk, kim, "clerks")
    assert await stage.permissions_of(kim) == kim.actor.permissions & (ADMIN | {"workspace.own"})


async def test_what_stays_is_not_given_again(stage: Stage):
    kim = await stage.founder()
    clerk = await make_clerk(stage, kim)
    lu = await stage.colleague(kim, "admin")
    await assign(stage, clerk, lu, "admin", "clerks")
    assert await stage.groups_of(lu) == ["admin", "clerks"]


async def test_somebody_stays_who_may_manage_members(stage: Stage):
    kim = await stage.founder()
    with pytest.raises(Conflict, match="Nobody would be left"):
        await assign(stage, kim, kim, "viewer")
    assert await stage.groups_of(kim) == ["admin"]


async def test_a_custom_group_that_manages_is_enough(stage: Stage):
    kim = await stage.founder()
    await make_clerk(stage, kim)
    await assign(stage, kim, kim, "viewer")
    assert await stage.groups_of(kim) == ["viewer"]


async def test_it_needs_its_permission(stage: Stage):
    kim = await stage.founder()
    ed = await stage.colleague(kim, "editor")
    with pytest.raises(Forbidden, match=r"member\.edit"):
        await assign(stage, ed, ed, "admin")


async def test_case_17_people_and_groups_of_elsewhere_are_not_there(stage: Stage):
    kim, other = await stage.founder(), await stage.founder()
    for user_id in (other.actor.user_id, new_id()):
        with pytest.raises(NotFound) as refused:
            await stage.act(kim, set_member_groups, SetMemberGroups(user_id, []))
        assert str(refused.value) == "The member was not found."
    for group_id in (await stage.group(other, "viewer"), new_id()):
        command = SetMemberGroups(kim.actor.user_id, [group_id])
        with pytest.raises(NotFound) as refused:
            await stage.act(kim, set_member_groups, command)
        assert (str(refused.value), refused.value.field) == (
            "The group was not found.",
            ("group_ids", "0"),
        )
