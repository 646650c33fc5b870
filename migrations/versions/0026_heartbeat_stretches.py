"""The sweep of heartbeats begins a stretch where a deadline passes before the first ping after a pause."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT INSERT, UPDATE ON schedules TO downtime_dispatch")


def downgrade() -> None:
    op.execute("REVOKE INSERT, UPDATE ON schedules FROM downtime_dispatch")
