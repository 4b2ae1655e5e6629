"""The permissions the code knows; groups can hold no other."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PERMISSIONS = sa.table("permissions", sa.column("name"), sa.column("meaning"))

NAMES = {
    "account.self": "See the own account and sign out; everybody who is signed in holds it.",
    "workspace.read": "See the workspace, its people and what its tests may reach.",
    "workspace.edit": "Change the workspace and the hosts its tests may reach.",
    "template.read": "See test and scenario templates.",
    "template.edit": "Create, change and delete test and scenario templates.",
    "mission.read": "See missions, their scenarios and tests.",
    "mission.edit": "Create, change and delete missions.",
    "mission.run": "Start missions and run their failed tests again.",
    "execution.read": "See executions, their steps and their events.",
    "execution.cancel": "Cancel executions.",
    "execution.replay": "Run an execution again that was given up.",
    "execution.record": "Record the result of a test that a person carried out.",
    "evidence.read": "See and download evidence.",
    "evidence.add": "Add evidence.",
    "element.read": "See remembered elements and why they were chosen.",
    "element.edit": "Correct and forget remembered elements.",
}


def upgrade() -> None:
    """Apply."""
    rows = [{"name": name, "meaning": meaning} for name, meaning in NAMES.items()]
    op.bulk_insert(PERMISSIONS, rows)


def downgrade() -> None:
    """Take back; groups lose what they held."""
    op.execute(sa.delete(PERMISSIONS).where(sa.column("name").in_(list(NAMES))))
