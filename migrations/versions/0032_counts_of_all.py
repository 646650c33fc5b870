"""What is counted over all organizations is counted by functions, which show no row of anybody.

Until now the API acted as `downtime_metrics` for that, which could read the monitors, messages and
results of all. That role loses its rights here, and stays without any: it is the server's. A process of
the version before answers `/readyz` with 503 from here on until it is replaced, and serves all else.
"""

from collections.abc import Mapping

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_COUNTED = (
    "monitors",
    "monitor_states",
    "deliveries",
    "channel_rate_limits",
    "incidents",
    "maintenance_spans",
    "check_results",
    "check_failures",
)
_STRAYS = ("check_results_default", "check_failures_default")
_READ = (*_COUNTED, *_STRAYS, "dispatch_shards", "dispatch_stalls", "regions")

# What `services/maintenance/active.py: covered` finds for one organization, here for all.
_MONITORS = """
    WITH running AS (
        SELECT organization_id AS owner, monitor_ids, tags, all_monitors FROM maintenance_spans
        WHERE began_at <= moment AND ends_at > moment
    ), named AS (
        SELECT owner, unnest(monitor_ids) AS id FROM running
    ), tagged AS (
        SELECT DISTINCT owner, unnest(tags) AS tag FROM running
    ), tags AS (
        SELECT id, organization_id AS owner, unnest(monitors.tags) AS tag FROM monitors
        WHERE deleted_at IS NULL AND organization_id IN (SELECT owner FROM tagged)
    ), covered AS (
        SELECT m.id FROM monitors m JOIN named ON named.id = m.id AND named.owner = m.organization_id
        UNION SELECT tags.id FROM tags JOIN tagged USING (owner, tag)
        UNION SELECT m.id FROM monitors m
            JOIN running ON running.owner = m.organization_id AND running.all_monitors
    )
    SELECT s.state::text, c.id IS NOT NULL, count(*)
    FROM monitor_states s
    JOIN monitors m ON m.id = s.monitor_id
    LEFT JOIN covered c ON c.id = m.id
    WHERE m.deleted_at IS NULL
    GROUP BY 1, 2
"""
_STATES = "SELECT state::text, count(*) FROM monitor_states GROUP BY state"
# By index: of what was sent there is too much to be looked through.
_DELIVERIES = """
    SELECT state::text, count(*) FROM deliveries
    WHERE state IN ('pending', 'sending') GROUP BY state
    UNION ALL
    SELECT state::text, count(*) FROM deliveries WHERE state = 'dead' GROUP BY state
"""
# By way of the explanations, which unknown rows have and most others have not: the rows of an hour
# are many, and no index leads to them by time alone.
_UNKNOWN_SLOTS = """
    SELECT count(*) FROM check_failures f
    JOIN check_results r USING (monitor_id, slot, region_id)
    WHERE f.slot >= since AND r.slot >= since AND r.outcome = CAST(9 AS "char")
"""
_STRAY_ROWS = """
    SELECT (SELECT count(*) FROM check_results_default)
        + (SELECT count(*) FROM check_failures_default)
"""
# What `services/relay/claims.py` could claim, unless somebody is at work.
_WAITING_SINCE = """
    SELECT d.next_attempt_at FROM deliveries d
    WHERE d.state IN ('pending', 'sending') AND d.digest_id IS NULL
        AND d.next_attempt_at <= moment AND coalesce(d.lease_until, moment) <= moment
        AND NOT EXISTS (SELECT FROM deliveries WHERE state = 'sending' AND lease_until > moment)
        AND (
            d.event IN ('degraded', 'down')
            OR NOT EXISTS (
                SELECT FROM deliveries o
                WHERE o.chain_id = d.chain_id AND o.event IN ('degraded', 'down')
                    AND o.kind = d.kind AND o.address = d.address
                    AND o.state IN ('pending', 'sending'))
            OR EXISTS (
                SELECT FROM deliveries o
                WHERE o.chain_id = d.chain_id AND o.event IN ('degraded', 'down')
                    AND o.kind = d.kind AND o.address = d.address
                    AND o.state IN ('sent', 'merged')))
        AND NOT EXISTS (
            SELECT FROM channel_rate_limits p
            WHERE p.organization_id = d.organization_id AND p.kind = d.kind
                AND p.address = d.address AND p.next_at > held_since)
    ORDER BY d.next_attempt_at LIMIT 1
"""
# Only where no worker was heard of is it asked whether there should have been one.
_SILENT_REGIONS = """
    SELECT r.name FROM regions r
    WHERE coalesce(r.seen_at, '-infinity') < since AND EXISTS (
        SELECT FROM monitors m
        WHERE r.id = ANY(m.region_ids) AND NOT m.paused AND m.deleted_at IS NULL
            AND m.kind <> 'heartbeat' AND m.updated_at < since)
    ORDER BY r.name
"""
_FUNCTIONS: Mapping[str, tuple[str, str]] = {
    "count_monitors(moment timestamptz)": (
        "TABLE (state text, in_maintenance boolean, monitors bigint)",
        _MONITORS,
    ),
    "count_states()": ("TABLE (state text, monitors bigint)", _STATES),
    "count_deliveries()": ("TABLE (state text, deliveries bigint)", _DELIVERIES),
    "count_unknown_slots(since integer)": ("bigint", _UNKNOWN_SLOTS),
    "count_stray_rows()": ("bigint", _STRAY_ROWS),
    "deliveries_waiting_since(moment timestamptz, held_since timestamptz)": (
        "timestamptz",
        _WAITING_SINCE,
    ),
    "silent_regions(since timestamptz)": ("SETOF text", _SILENT_REGIONS),
}


def upgrade() -> None:
    for signature, (returns, query) in _FUNCTIONS.items():
        op.execute(f"""
            CREATE FUNCTION {signature} RETURNS {returns}
                LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
                AS $${query}$$;
        """)
    op.execute("GRANT SELECT ON dispatch_stalls TO downtime_api")
    names = _names()
    op.execute(f"""
        REVOKE EXECUTE ON FUNCTION {names} FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {names} TO downtime_api, downtime_maintenance;
        REVOKE ALL ON {", ".join(_READ)} FROM downtime_metrics;
        REVOKE USAGE ON SCHEMA public FROM downtime_metrics;
    """)
    for table in _COUNTED:
        op.execute(f"DROP POLICY for_figures ON {table}")
    # They are read by themselves here, as whoever made the tables, and had no policy at all.
    for table in _STRAYS:
        op.execute(
            f"CREATE POLICY of_all ON {table} TO downtime_worker USING (true) WITH CHECK (true)"
        )


def downgrade() -> None:
    op.execute("REVOKE SELECT ON dispatch_stalls FROM downtime_api")
    for table in _STRAYS:
        op.execute(f"DROP POLICY of_all ON {table}")
    for table in _COUNTED:
        op.execute(
            f"CREATE POLICY for_figures ON {table} FOR SELECT TO downtime_metrics USING (true)"
        )
    op.execute(f"""
        GRANT USAGE ON SCHEMA public TO downtime_metrics;
        GRANT SELECT ON {", ".join(_READ)} TO downtime_metrics;
        DROP FUNCTION {_names()};
    """)


def _names() -> str:
    return ", ".join(signature.partition("(")[0] for signature in _FUNCTIONS)
