"""Who may look whether a message is still to be told, and who may let go one that was left out.

A relay reads what runs out. A check that sees a certificate again lets go the message about it that
was left out.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        GRANT SELECT ON expiries TO downtime_notifications;
        GRANT UPDATE (state) ON deliveries TO downtime_checks;
    """)


def downgrade() -> None:
    op.execute("""
        REVOKE SELECT ON expiries FROM downtime_notifications;
        REVOKE UPDATE (state) ON deliveries FROM downtime_checks;
    """)
