"""Incidents of paused monitors are held, and what of a burn rate people were told is known by itself."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_HOLDS = "maintenance parent parent_unknown flapping"


def upgrade() -> None:
    """Count what burns already as told to everybody, as it was until now."""
    _allow(f"{_HOLDS} paused")
    op.execute("""
        ALTER TABLE burn_rates ADD notified_factor double precision;
        UPDATE burn_rates SET notified_factor = factor;
        GRANT SELECT ON incident_notes TO downtime_maintenance;
    """)


def downgrade() -> None:
    op.execute("""
        REVOKE SELECT ON incident_notes FROM downtime_maintenance;
        ALTER TABLE burn_rates DROP notified_factor;
        UPDATE incidents SET suppressed_by = NULL WHERE suppressed_by = 'paused';
    """)
    _allow(_HOLDS)


def _allow(holds: str) -> None:
    allowed = ", ".join(f"'{hold}'" for hold in holds.split())
    op.execute(f"""
        ALTER TABLE incidents DROP CONSTRAINT ck_incidents_suppressed_by;
        ALTER TABLE incidents ADD CONSTRAINT ck_incidents_suppressed_by CHECK (suppressed_by IN ({allowed}));
    """)
