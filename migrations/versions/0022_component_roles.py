"""A role for each component that asks the database, with the rights to just what it does.

Until now all workers had `downtime_worker`, with all rights to all tables. That role goes on to say which
rows are seen, all of them; it has no table of its own any more, and the roles of workers are its members.
docs/development/isolation.md says who may do what.
"""

from collections.abc import Mapping

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Whoever finds something out has to know who is to be told, and by which channels.
_AUDIENCE = (
    "channels contacts contact_group_members monitor_contact_groups event_subscriptions"
    " escalation_policies escalation_steps escalation_targets on_call_schedules on_call_layers"
    " on_call_turns on_call_overrides maintenance_spans monitor_parents monitors organizations"
)
# An outage: what is known of a monitor, and what becomes of it.
_OUTAGE = "incidents incident_notes monitor_states monitor_region_states rechecks schedules regions"
_RESULTS = "check_results check_failures"

_GRANTS: Mapping[str, Mapping[str, str]] = {
    "downtime_dispatch": {
        "SELECT": f"{_AUDIENCE} {_OUTAGE} {_RESULTS} deliveries dispatch_shards heartbeats"
        " ping_receiver_spans",
        "INSERT": f"{_RESULTS} deliveries incidents incident_notes rechecks",
        "UPDATE": f"{_RESULTS} dispatch_shards heartbeats incidents monitor_states"
        " monitor_region_states rechecks",
        "DELETE": "rechecks",
    },
    "downtime_checks": {
        "SELECT": f"{_AUDIENCE} {_OUTAGE} {_RESULTS} deliveries expiries test_runs"
        " credentials monitor_credentials data_keys",
        "INSERT": f"{_RESULTS} deliveries expiries incidents incident_notes rechecks regions",
        "UPDATE": f"{_RESULTS} expiries incidents monitor_states monitor_region_states regions test_runs",
        "DELETE": "rechecks",
    },
    "downtime_notifications": {
        "SELECT": "channels channel_rate_limits contacts contact_group_members data_keys deliveries"
        " delivery_attempts event_subscriptions incidents memberships message_templates monitors"
        " organizations text_usage",
        "SELECT (id, email)": "users",
        "INSERT": "channel_rate_limits deliveries delivery_attempts text_usage",
        "UPDATE": "channels channel_rate_limits deliveries text_usage",
    },
    "downtime_maintenance": {
        "SELECT": f"{_AUDIENCE} {_RESULTS} burn_rates channel_rate_limits client_assertions data_keys"
        " deliveries delivery_attempts dispatch_shards expiries idempotency_keys incidents"
        " invitations maintenance_windows memberships monitor_states refresh_tokens regions"
        " revoked_tokens schedules signing_keys test_runs",
        "SELECT (id, email)": "users",
        "INSERT": "burn_rates deliveries maintenance_spans signing_keys",
        # Of data keys only how they are wrapped: `downtime keys rewrap`.
        "UPDATE": "burn_rates channels data_keys deliveries expiries incidents maintenance_spans"
        " maintenance_windows signing_keys test_runs",
        "DELETE": "burn_rates channel_rate_limits channels client_assertions deliveries idempotency_keys"
        " invitations refresh_tokens revoked_tokens test_runs",
    },
    "downtime_exports": {
        "SELECT": f"{_RESULTS} exports export_parts export_chunks incidents maintenance_spans"
        " monitors organizations recipients regions schedules",
        "INSERT": "export_parts export_chunks",
        "UPDATE": "exports",
        "DELETE": "exports export_chunks",
    },
}
_PARTITIONS = "make_day_partition, drop_day_partition"
_NARROW_WAYS = "organization_of_heartbeat, confirmation_asked_at"


def upgrade() -> None:
    for role, grants in _GRANTS.items():
        _make(role)
        for right, tables in grants.items():
            op.execute(f"GRANT {right} ON {', '.join(tables.split())} TO {role}")
    op.execute(f"""
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM downtime_worker;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM downtime_worker;
        REVOKE EXECUTE ON FUNCTION {_PARTITIONS}, {_NARROW_WAYS} FROM downtime_worker;
        GRANT EXECUTE ON FUNCTION {_PARTITIONS} TO downtime_maintenance;
    """)


def downgrade() -> None:
    """Give all rights back to the one role; the others are the server's, and stay without any."""
    roles = ", ".join(_GRANTS)
    op.execute(f"""
        REVOKE EXECUTE ON FUNCTION {_PARTITIONS} FROM downtime_maintenance;
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {roles};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO downtime_worker;
        GRANT EXECUTE ON FUNCTION {_PARTITIONS}, {_NARROW_WAYS} TO downtime_worker;
    """)
    op.execute("""
        DO $$
        DECLARE
            each record;
        BEGIN
            FOR each IN
                SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                    AND NOT relispartition AND relname <> 'alembic_version'
            LOOP
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO downtime_worker',
                    each.relname);
            END LOOP;
        END $$;
        GRANT SELECT ON check_results_default, check_failures_default TO downtime_worker;
    """)


def _make(role: str) -> None:
    """Make what may be missing, as a member of those who see all rows."""
    op.execute(f"""
        DO $$
        BEGIN
            IF to_regrole('{role}') IS NULL THEN
                BEGIN
                    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
                EXCEPTION WHEN duplicate_object OR unique_violation THEN
                    NULL;  -- Made at this moment for another database.
                END;
            END IF;
            IF NOT pg_has_role('{role}', 'downtime_worker', 'USAGE') THEN
                GRANT downtime_worker TO {role};
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'This login may not make the role {role}. As an administrator:'
                ' CREATE ROLE {role} IN ROLE downtime_worker;';
        END $$;
    """)
