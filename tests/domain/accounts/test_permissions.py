"""Permissions have one name and one meaning, in code and in the database."""

import pytest

from domain.accounts.permissions import (
    ADMIN,
    BLUE,
    EDITOR,
    EVERYBODY,
    EXECUTOR,
    GRANTABLE,
    OWNER,
    PERMISSIONS,
    PRESET_GROUPS,
    RED,
    VIEWER,
)

pytestmark = pytest.mark.unit

PERSONAL = {"account.secure"}
"""Held by people who are signed in, and never by what acts for them."""


def test_every_preset_group_holds_only_known_permissions_and_what_everybody_holds():
    for name, permissions in PRESET_GROUPS.items():
        assert permissions <= PERMISSIONS.keys(), name
        assert permissions >= EVERYBODY - PERSONAL, name


def test_groups_grow_from_viewer_to_admin():
    assert VIEWER < EXECUTOR < EDITOR < ADMIN == PERMISSIONS.keys() - OWNER - PERSONAL


def test_viewers_change_nothing_but_their_own_session():
    assert {name for name in VIEWER if not name.endswith(".read")} == {"account.self"}


def test_executors_run_but_do_not_edit():
    assert "mission.run" in EXECUTOR
    assert not {name for name in EXECUTOR if name.endswith(".edit")}


def test_red_plans_and_runs_attacks_and_blue_records_what_it_saw():
    assert {"mission.edit", "mission.run", "execution.cancel", "evidence.add"} <= RED
    assert VIEWER < BLUE < RED < EDITOR
    assert {"execution.record", "evidence.add"} == BLUE - VIEWER


def test_only_admins_of_the_preset_groups_manage_people():
    for name, permissions in PRESET_GROUPS.items():
        managing = {"member.edit", "member.invite", "group.edit"} & permissions
        assert bool(managing) == (name == "admin"), name


def test_no_group_can_hold_what_owning_a_workspace_gives():
    assert not OWNER & GRANTABLE
    assert not any(OWNER & permissions for permissions in PRESET_GROUPS.values())
