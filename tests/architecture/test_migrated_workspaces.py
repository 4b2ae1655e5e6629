"""Workspaces from before owners and presets have both afterwards, and lose nothing."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.accounts.permissions import PRESET_GROUPS
from migrations import apply
from tests.architecture.test_migrations import create_database, run_on
from tests.fixtures.stores import Stores

pytestmark = pytest.mark.integration

BEFORE = "0009"
OLD, YOUNG, EMPTY = (UUID(int=number) for number in (1, 2, 3))
KIM, LU, ANN = (UUID(int=number) for number in (11, 12, 13))
ROWS = f"""
    INSERT INTO workspaces (id, name, slug) VALUES
        ('{OLD}', 'Old', 'old'), ('{YOUNG}', 'Young', 'young'), ('{EMPTY}', 'Empty', 'empty');
    INSERT INTO users (id, email, display_name, password_hash) VALUES
        ('{KIM}', 'kim@x.test', 'Kim', '-'), ('{LU}', 'lu@x.test', 'Lu', '-'),
        ('{ANN}', 'ann@x.test', 'Ann', '-');
    INSERT INTO workspace_members (workspace_id, user_id, created_at) VALUES
        ('{OLD}', '{KIM}', '2025-01-01'), ('{OLD}', '{LU}', '2025-01-02'),
        ('{OLD}', '{ANN}', '2025-01-03'), ('{YOUNG}', '{LU}', '2025-01-02');
    INSERT INTO groups (id, workspace_id, name, deleted_at) VALUES
        ('{UUID(int=21)}', '{OLD}', 'admin', NULL), ('{UUID(int=22)}', '{OLD}', 'viewer', NULL),
        ('{UUID(int=23)}', '{OLD}', 'admin', now()), ('{UUID(int=24)}', '{OLD}', 'mine', NULL);
    INSERT INTO user_groups (user_id, group_id, workspace_id) VALUES
        ('{LU}', '{UUID(int=21)}', '{OLD}'), ('{ANN}', '{UUID(int=21)}', '{OLD}'),
        ('{KIM}', '{UUID(int=22)}', '{OLD}'), ('{KIM}', '{UUID(int=23)}', '{OLD}');
"""
OLD_GROUPS = """
    INSERT INTO group_permissions (group_id, workspace_id, permission)
    SELECT g.id, g.workspace_id, p.name FROM groups g, permissions p WHERE g.name = 'admin'
"""
OWNERS = "SELECT id, owner_id FROM workspaces WHERE slug <> '-'"
PRESETS = """
    SELECT g.workspace_id, g.preset, array_agg(p.permission) FILTER (WHERE p.permission IS NOT NULL)
    FROM groups g LEFT JOIN group_permissions p ON p.group_id = g.id
    WHERE g.deleted_at IS NULL AND g.preset IS NOT NULL GROUP BY g.id
"""


@pytest.fixture
def old_database(stores: Stores):
    """The owner's URL of a database at the revision before, with three workspaces."""
    for url in create_database(stores, "template1"):
        apply.upgrade(url, BEFORE)
        run_on(url, fill)
        apply.upgrade(url)
        yield url


async def fill(connection: AsyncConnection) -> None:
    for statement in (*ROWS.split(";"), OLD_GROUPS):
        if statement.strip():
            await connection.execute(text(statement))


async def read(connection: AsyncConnection, query: str) -> list[tuple]:
    return [tuple(row) for row in await connection.execute(text(query))]


def test_the_owner_is_the_oldest_administrator_else_the_oldest_member(old_database: str):
    owners = dict(run_on(old_database, lambda c: read(c, OWNERS)))
    assert owners == {OLD: LU, YOUNG: LU, EMPTY: None}


def test_every_workspace_has_red_and_blue_and_its_admins_may_manage(old_database: str):
    rows = run_on(old_database, lambda c: read(c, PRESETS))
    found = {(workspace, preset): frozenset(held or ()) for workspace, preset, held in rows}
    for workspace in (OLD, YOUNG, EMPTY):
        for preset in ("red", "blue"):
            assert found[workspace, preset] == PRESET_GROUPS[preset]
    assert found[OLD, "admin"] == PRESET_GROUPS["admin"]
    assert {preset for workspace, preset in found if workspace == OLD} == {
        "admin",
        "viewer",
        "red",
        "blue",
    }


def test_the_installation_itself_has_no_groups(old_database: str):
    installation = "SELECT g.id FROM groups g JOIN workspaces w ON w.id = g.workspace_id"
    assert run_on(old_database, lambda c: read(c, f"{installation} WHERE w.slug = '-'")) == []
