"""Rights that two new tasks of workers take.

The sweep of heartbeats begins a stretch where a deadline passes before the first ping after a pause.
Whoever reminds of an incident, or goes on to a step, ends the wait of an opening whose reader is awake
by now: of a message that is written they change nothing but when it goes.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_WHO_TELL = "downtime_dispatch, downtime_checks"


def upgrade() -> None:
    op.execute("GRANT INSERT, UPDATE ON schedules TO downtime_dispatch")
    op.execute(f"GRANT UPDATE (next_attempt_at) ON deliveries TO {_WHO_TELL}")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE (next_attempt_at) ON deliveries FROM {_WHO_TELL}")
    op.execute("REVOKE INSERT, UPDATE ON schedules FROM downtime_dispatch")
