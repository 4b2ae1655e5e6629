"""Owners of workspaces, deletion with a way back, custom groups, invitations, and who may manage.

Two questions come before any workspace is known: which one an invitation's token leads to, and
which deleted workspaces are due to be purged. Two functions answer them, and nothing else.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APP = "metamorph_app"
SYSTEM_WORKSPACE = "00000000-0000-7000-8000-000000000001"
HERE = "(SELECT nullif(current_setting('app.workspace_id', true), '')::uuid)"
ME = "(SELECT nullif(current_setting('app.user_id', true), '')::uuid)"
WRITTEN_HERE = {"workspace_members": "workspace_id", "workspaces": "id"}
"""People see all their workspaces from everywhere, but only the one they are in can be written."""
PERMISSIONS = sa.table("permissions", sa.column("name"), sa.column("meaning"))
OLD_WORKSPACE_READ = "See the workspace, its people and what its tests may reach."
WORKSPACE_READ = "See the workspace and what its tests may reach."

NAMES = {
    "workspace.own": "Hand the workspace on, delete and restore it; its owner alone holds it.",
    "member.read": "See who belongs to the workspace, and the groups with what they may do.",
    "member.edit": "Change the groups of people and remove people from the workspace.",
    "member.invite": "Invite people by mail, and see and take back invitations.",
    "group.edit": "Create, change and delete custom groups.",
}
READ_ALL = (
    "account.self",
    "workspace.read",
    "template.read",
    "mission.read",
    "execution.read",
    "evidence.read",
    "element.read",
    "member.read",
)
GIVEN = {
    "admin": ("member.read", "member.edit", "member.invite", "group.edit"),
    "editor": ("member.read",),
    "viewer": ("member.read",),
    "executor": ("member.read",),
    "red": (
        *READ_ALL,
        "mission.edit",
        "mission.run",
        "execution.cancel",
        "execution.replay",
        "execution.record",
        "evidence.add",
    ),
    "blue": (*READ_ALL, "execution.record", "evidence.add"),
}
NEW_GROUPS = ("red", "blue")

OWNERS = """
    UPDATE workspaces w SET owner_id = (
        SELECT m.user_id FROM workspace_members m
        WHERE m.workspace_id = w.id
        ORDER BY NOT EXISTS (
            SELECT FROM user_groups u JOIN groups g ON g.id = u.group_id
            WHERE u.user_id = m.user_id AND g.workspace_id = w.id AND g.name = 'admin'
                AND g.deleted_at IS NULL
        ), m.created_at, m.user_id
        LIMIT 1
    )
"""
NEW_GROUP = """
    INSERT INTO groups (id, workspace_id, name, preset)
    SELECT gen_random_uuid(), w.id, :preset, :preset FROM workspaces w
    WHERE w.id <> CAST(:system AS uuid) AND NOT EXISTS (
        SELECT FROM groups g
        WHERE g.workspace_id = w.id AND g.preset = :preset AND g.deleted_at IS NULL
    )
"""
GRANT_PRESET = """
    INSERT INTO group_permissions (group_id, permission, workspace_id)
    SELECT id, :permission, workspace_id FROM groups WHERE preset = :preset
    ON CONFLICT DO NOTHING
"""
WORKSPACE_OF_INVITATION = """
    CREATE FUNCTION workspace_of_invitation(wanted bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN (SELECT workspace_id FROM invitations WHERE token_hash = wanted)
"""
DELETED_WORKSPACES = """
    CREATE FUNCTION workspaces_deleted_before(moment timestamptz) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN (SELECT array_agg(id) FROM workspaces WHERE deleted_at < moment)
"""
FUNCTIONS = {
    "workspace_of_invitation(bytea)": WORKSPACE_OF_INVITATION,
    "workspaces_deleted_before(timestamptz)": DELETED_WORKSPACES,
}


def upgrade() -> None:
    """Apply."""
    extend_workspaces()
    extend_groups()
    add_permissions()
    create_invitations()
    create_invitation_groups()
    for table in ("invitations", "invitation_groups"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        here = f"workspace_id = {HERE}"
        op.execute(
            f"CREATE POLICY workspace ON {table} TO {APP} USING ({here}) WITH CHECK ({here})"
        )
    for table, condition in WRITTEN_HERE.items():
        op.execute(f"ALTER POLICY workspace ON {table} WITH CHECK ({condition} = {HERE})")
    for name, body in FUNCTIONS.items():
        op.execute(body)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {APP}")


def downgrade() -> None:
    """Take back; deleted workspaces are there again, custom groups stay as they are."""
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    mine = f"user_id = {ME}"
    belongs = f"EXISTS (SELECT FROM workspace_members m WHERE m.workspace_id = id AND m.{mine})"
    for table, condition in (("workspace_members", mine), ("workspaces", belongs)):
        check = f"{WRITTEN_HERE[table]} = {HERE} OR {condition}"
        op.execute(f"ALTER POLICY workspace ON {table} WITH CHECK ({check})")
    op.drop_table("invitation_groups")
    op.drop_table("invitations")
    op.execute(sa.delete(PERMISSIONS).where(PERMISSIONS.c.name.in_(list(NAMES))))
    set_meaning("workspace.read", OLD_WORKSPACE_READ)
    # Deleted, not dropped: somebody may be in them, and names of deleted groups are free.
    op.execute("UPDATE groups SET deleted_at = now() WHERE preset IN ('red', 'blue')")
    op.drop_index("uq_groups_workspace_id_preset", "groups")
    op.drop_column("groups", "version")
    op.drop_column("groups", "preset")
    op.drop_index(op.f("ix_workspaces_owner_id"), "workspaces")
    op.drop_column("workspaces", "deleted_at")
    op.drop_column("workspaces", "owner_id")


def extend_workspaces() -> None:
    """Give every workspace the owner it seems to have: its oldest administrator."""
    op.add_column("workspaces", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.add_column("workspaces", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_workspaces_owner_id_users"),
        "workspaces",
        "users",
        ["owner_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_workspaces_owner_id"), "workspaces", ["owner_id"], unique=False)
    op.execute(OWNERS)


def extend_groups() -> None:
    """Tell preset groups from custom ones; so far there were no others."""
    op.add_column("groups", sa.Column("preset", sa.String(length=20), nullable=True))
    op.add_column(
        "groups", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    groups = sa.table("groups", sa.column("name"), sa.column("preset"), sa.column("deleted_at"))
    known = groups.c.name.in_(list(GIVEN)) & groups.c.deleted_at.is_(None)
    op.execute(sa.update(groups).where(known).values(preset=groups.c.name))
    op.create_index(
        "uq_groups_workspace_id_preset",
        "groups",
        ["workspace_id", "preset"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL AND preset IS NOT NULL"),
    )


def add_permissions() -> None:
    """Add the new names, and give them to the groups that exist."""
    op.bulk_insert(
        PERMISSIONS, [{"name": name, "meaning": meaning} for name, meaning in NAMES.items()]
    )
    set_meaning("workspace.read", WORKSPACE_READ)
    connection = op.get_bind()
    for preset in NEW_GROUPS:
        known = {"preset": preset, "system": SYSTEM_WORKSPACE}
        connection.execute(
            sa.text(NEW_GROUP).bindparams(sa.bindparam("preset", type_=sa.String())), known
        )
    for preset, granted in GIVEN.items():
        for permission in granted:
            connection.execute(sa.text(GRANT_PRESET), {"preset": preset, "permission": permission})


def set_meaning(name: str, meaning: str) -> None:
    """Change what a permission is said to mean."""
    op.execute(sa.update(PERMISSIONS).where(PERMISSIONS.c.name == name).values(meaning=meaning))


def create_invitations() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "invitations",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sends", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_invitations_email_lower")),
        sa.ForeignKeyConstraint(
            ["invited_by"],
            ["users.id"],
            name=op.f("fk_invitations_invited_by_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_invitations_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(op.f("ix_invitations_invited_by"), "invitations", ["invited_by"], unique=False)
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["workspace_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_index(
        "ix_invitations_listed", "invitations", ["workspace_id", "created_at", "id"], unique=False
    )


def create_invitation_groups() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "invitation_groups",
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["groups.id"],
            name=op.f("fk_invitation_groups_group_id_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_invitation_groups_invitation_id_invitations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_invitation_groups_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("invitation_id", "group_id", name=op.f("pk_invitation_groups")),
    )
    op.create_index(
        op.f("ix_invitation_groups_group_id"), "invitation_groups", ["group_id"], unique=False
    )
    op.create_index(
        op.f("ix_invitation_groups_workspace_id"),
        "invitation_groups",
        ["workspace_id"],
        unique=False,
    )
