"""An execution can go only where the state machine allows, whoever writes it."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ALLOWED = (
    ("requested", "scheduled"),
    ("requested", "running"),
    ("requested", "canceled"),
    ("scheduled", "running"),
    ("scheduled", "canceled"),
    ("running", "scheduled"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("running", "canceled"),
    ("running", "timed_out"),
    ("running", "abandoned"),
)


def upgrade() -> None:
    """Apply."""
    allowed = ", ".join(f"('{before}', '{after}')" for before, after in ALLOWED)
    op.execute("""
        CREATE FUNCTION refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'an execution cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tr_executions_transition';
        END $$
    """)
    op.execute(f"""
        CREATE TRIGGER tr_executions_transition BEFORE UPDATE OF status ON executions FOR EACH ROW
        WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({allowed}))
        EXECUTE FUNCTION refuse_transition()
    """)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER tr_executions_transition ON executions")
    op.execute("DROP FUNCTION refuse_transition()")
