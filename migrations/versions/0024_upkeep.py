"""An end of secrets that were replaced, and the rights to delete what is long over."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# What upkeep deletes; incidents and monitors take with them what is about them.
_FORGOTTEN = (
    "incidents, maintenance_spans, maintenance_windows, monitors, on_call_overrides, schedules,"
    " signing_keys, text_usage"
)


def upgrade() -> None:
    """Add an end; the first upkeep gives one to channels that have former secrets already."""
    op.execute(f"""
        ALTER TABLE channels ADD previous_until timestamptz;
        CREATE INDEX ix_channels_previous_until ON channels (previous_until)
            WHERE previous_until IS NOT NULL;
        -- A monitor that is deleted takes its messages with it.
        CREATE INDEX ix_deliveries_monitor_id ON deliveries (monitor_id);

        GRANT SELECT, DELETE ON {_FORGOTTEN} TO downtime_maintenance;
        GRANT SELECT (previous_until, updated_at), UPDATE (previous_hash, previous_until, updated_at)
            ON api_keys, service_accounts TO downtime_maintenance;
    """)


def downgrade() -> None:
    op.execute("""
        REVOKE SELECT (previous_until, updated_at), UPDATE (previous_hash, previous_until, updated_at)
            ON api_keys, service_accounts FROM downtime_maintenance;
        REVOKE DELETE ON incidents, maintenance_spans, maintenance_windows, on_call_overrides,
            schedules, signing_keys, text_usage FROM downtime_maintenance;
        REVOKE SELECT ON text_usage FROM downtime_maintenance;
        DROP INDEX ix_deliveries_monitor_id;
        DROP INDEX ix_channels_previous_until;
        ALTER TABLE channels DROP previous_until;
    """)
