"""Incidents of paused monitors are held, and what of a burn rate people were told is known by itself."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_HOLDS = "maintenance parent parent_unseen flapping"


def upgrade() -> None:
    """Count what burns already as told to everybody, as it was until now."""
    _allow(f"{_HOLDS} paused")
    op.execute("""
        ALTER TABLE burn_rates ADD told_factor double precision;
        UPDATE burn_rates SET told_factor = factor;
        GRANT SELECT ON incident_notes TO downtime_maintenance;
    """)


def downgrade() -> None:
    op.execute("""
        REVOKE SELECT ON incident_notes FROM downtime_maintenance;
        ALTER TABLE burn_rates DROP told_factor;
        UPDATE incidents SET held_by = NULL WHERE held_by = 'paused';
    """)
    _allow(_HOLDS)


def _allow(holds: str) -> None:
    allowed = ", ".join(f"'{hold}'" for hold in holds.split())
    op.execute(f"""
        ALTER TABLE incidents DROP CONSTRAINT ck_incidents_held_by;
        ALTER TABLE incidents ADD CONSTRAINT ck_incidents_held_by CHECK (held_by IN ({allowed}));
    """)
