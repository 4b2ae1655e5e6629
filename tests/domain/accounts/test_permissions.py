"""Permissions have one name and one meaning, in code and in the database."""

import pytest

from domain.accounts.permissions import (
    ADMIN,
    EDITOR,
    EVERYBODY,
    EXECUTOR,
    PERMISSIONS,
    PRESET_GROUPS,
    VIEWER,
)

pytestmark = pytest.mark.unit


def test_every_preset_group_holds_only_known_permissions_and_what_everybody_holds():
    for name, permissions in PRESET_GROUPS.items():
        assert permissions <= PERMISSIONS.keys(), name
        assert permissions >= EVERYBODY, name


def test_groups_grow_from_viewer_to_admin():
    assert VIEWER < EXECUTOR < EDITOR < ADMIN == PERMISSIONS.keys()


def test_viewers_change_nothing_but_their_own_session():
    assert {name for name in VIEWER if not name.endswith(".read")} == {"account.self"}


def test_executors_run_but_do_not_edit():
    assert "mission.run" in EXECUTOR
    assert not {name for name in EXECUTOR if name.endswith(".edit")}
