"""What is asked for: an administrator, two hundred missions, and a million test templates to page in."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rich.progress import track

from benchmarks.servers import Servers
from domain.shared.ids import SYSTEM_WORKSPACE

EMAIL = "bench@example.com"
PASSWORD = "a-long-password-for-a-benchmark"
PAGE, PAGE_ROWS = 10_000, 100
TEMPLATES = PAGE * PAGE_ROWS
CHUNK = 50_000
WORKSPACE = f"SELECT id FROM workspaces WHERE id <> '{SYSTEM_WORKSPACE}'"
NEWEST = "SELECT id FROM missions ORDER BY created_at DESC, id DESC LIMIT 1"
BEFORE_PAGE = (
    "SELECT created_at, id FROM test_templates ORDER BY created_at DESC, id DESC"
    f" OFFSET {(PAGE - 1) * PAGE_ROWS - 1} LIMIT 1"
)
# No two rows share a moment, so that sides that break ties differently answer with the same rows.
MOMENT = "timestamptz '2020-01-01 00:00Z' + n * interval '1 second'"
MISSIONS = """
INSERT INTO missions (id, workspace_id, name, description, parameters, created_at)
SELECT gen_random_uuid(), '{workspace}', 'Mission ' || n, 'A mission of many', '{{}}', {moment}
FROM generate_series(1, 200) n;
INSERT INTO mission_scenarios (id, workspace_id, mission_id, name, run_mode, position)
SELECT gen_random_uuid(), workspace_id, id, 'Scenario', 'sequential', 0 FROM missions;
INSERT INTO mission_tests (id, workspace_id, mission_id, scenario_id, name, kind, steps, parameters,
                           tags, timeout_seconds, position)
SELECT gen_random_uuid(), workspace_id, mission_id, id, 'Test ' || n, 'manual', '["Look"]',
       '{{}}', '{{one,two}}', 60, n FROM mission_scenarios, generate_series(0, 9) n;
"""
# The workspace is known to be there: looking it up for each row would take longer than the rows.
CHUNK_OF_TEMPLATES = """
SET LOCAL session_replication_role = replica;
INSERT INTO test_templates (id, workspace_id, name, kind, steps, parameters, tags, created_at)
SELECT gen_random_uuid(), '{workspace}', 'Template ' || n, 'manual', '["Look"]', '{{}}',
       '{{one,two}}', {moment} FROM generate_series({first}, {last}) n;
"""


@dataclass(frozen=True)
class Seeded:
    """What the questions are about.

    Attributes:
        mission: One that is asked for by its id.
        before_page: Time and id of the template that ends the page before the deep one.
    """

    workspace: UUID
    mission: UUID
    before_page: tuple[datetime, UUID]


def seed(stores: Servers) -> Seeded:
    """Fill the database; what servers would do later of their own accord is done at once."""
    create_administrator(stores)
    workspace = stores.find(WORKSPACE)
    given = {"workspace": workspace, "moment": MOMENT}
    stores.postgres.run_sql(MISSIONS.format(**given))
    for first in track(range(1, TEMPLATES + 1, CHUNK), f"Writing {TEMPLATES:,} test templates"):
        chunk = CHUNK_OF_TEMPLATES.format(first=first, last=first + CHUNK - 1, **given)
        stores.postgres.run_sql(chunk)
    for statement in ("VACUUM (ANALYZE)", "CHECKPOINT"):
        stores.postgres.run_sql(statement)
    moment, identity = stores.find(BEFORE_PAGE).split("\t")
    return Seeded(
        UUID(workspace),
        UUID(stores.find(NEWEST)),
        (datetime.fromisoformat(moment), UUID(identity)),
    )


def create_administrator(stores: Servers) -> None:
    """Who asks, with a workspace."""
    command = [sys.executable, "-m", "api.cli.main", "admin", "create", "--email", EMAIL]
    subprocess.run(
        [*command, "--password-stdin"],
        env=stores.environment(METAMORPH_OWNER_DATABASE_URL=stores.urls.owner),
        input=PASSWORD + "\n",
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
