-- Functions that see more rows than their caller may, each for one narrow question.

CREATE FUNCTION organization_of_heartbeat(wanted bytea) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN (
        SELECT organization_id FROM heartbeats WHERE token_hash = wanted
        UNION ALL
        SELECT organization_id FROM heartbeats WHERE previous_hash = wanted
    );

CREATE FUNCTION organization_of_acknowledge_token(wanted bytea) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN (SELECT organization_id FROM acknowledge_tokens WHERE token_hash = wanted);

CREATE FUNCTION organizations_of_sessions(wanted bytea[])
    RETURNS TABLE(cookie_hash bytea, organization_id integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT s.cookie_hash, m.organization_id
    FROM user_sessions s JOIN memberships m ON m.id = s.membership_id
    JOIN organizations o ON o.id = m.organization_id AND o.closed_at IS NULL
    WHERE s.cookie_hash = ANY (wanted) AND s.expires_at > clock_timestamp()
    $$;

CREATE FUNCTION confirmation_asked_at(
    wanted_kind text, wanted_address text, since timestamptz, n integer
) RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN (
        SELECT created_at FROM deliveries
        WHERE event = 'confirm' AND kind = wanted_kind AND lower(address) = wanted_address
            AND created_at > since
        ORDER BY created_at DESC OFFSET n - 1 LIMIT 1
    );

CREATE FUNCTION count_deliveries() RETURNS TABLE(state text, deliveries bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT state::text, count(*) FROM deliveries
    WHERE state IN ('pending', 'sending') GROUP BY state
    UNION ALL
    SELECT state::text, count(*) FROM deliveries WHERE state = 'dead' GROUP BY state
$$;

CREATE FUNCTION count_monitors(moment timestamptz) RETURNS TABLE(state text, in_maintenance boolean,
    monitors bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
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
        SELECT m.id FROM monitors m JOIN named ON named.id = m.id AND named.owner =
            m.organization_id
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
$$;

CREATE FUNCTION count_states() RETURNS TABLE(state text, monitors bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$SELECT state::text, count(*) FROM monitor_states GROUP BY state$$;

CREATE FUNCTION count_stray_rows() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT (SELECT count(*) FROM check_results_default)
        + (SELECT count(*) FROM check_failures_default)
$$;

CREATE FUNCTION count_unknown_slots(since integer) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT count(*) FROM check_failures f
    JOIN check_results r USING (monitor_id, slot, region_id)
    WHERE f.slot >= since AND r.slot >= since AND r.outcome = CAST(9 AS "char")
$$;

CREATE FUNCTION deliveries_waiting_since(moment timestamptz, held_since timestamptz) RETURNS
    timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
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
$$;

CREATE FUNCTION drop_day_partition(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        BEGIN
            IF name !~ '^(check_results|check_failures|monitor_hours)_p[0-9]{8}$' THEN
                RAISE EXCEPTION '% is no day.', name;
            END IF;
            EXECUTE format('DROP TABLE %I', name);
        END $$;

-- Drop a day of checks that the archive has; return whether it did. The locks keep writers of this
-- day out, so nothing can come between the counts and the drop. A row that came after its day was
-- sealed has a note, which is visible here because it was written in the same transaction.
CREATE FUNCTION drop_sealed_day(wanted date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        DECLARE
            start integer := extract(epoch FROM wanted::timestamp AT TIME ZONE 'UTC');
            suffix text := to_char(wanted, '"_p"YYYYMMDD');
            archived record;
            rows_there bigint;
            failures_there bigint;
            was_dropped boolean;
            erased integer[] := ARRAY(SELECT organization_id FROM archive_erasures);
        BEGIN
            IF to_regclass('check_results' || suffix) IS NULL
                OR to_regclass('check_failures' || suffix) IS NULL THEN
                RETURN false;
            END IF;
            EXECUTE format('LOCK TABLE %I, %I IN SHARE MODE',
                'check_results' || suffix, 'check_failures' || suffix);
            SELECT count(*) AS shards, coalesce(sum(rows), 0) AS rows,
                coalesce(sum(failures), 0) AS failures
                INTO archived FROM archive_days WHERE day = wanted AND state = 'current';
            SELECT count(*) INTO rows_there FROM check_results
                WHERE slot >= start AND slot < start + 86400 AND organization_id <> ALL (erased);
            SELECT count(*) INTO failures_there FROM check_failures
                WHERE slot >= start AND slot < start + 86400 AND organization_id <> ALL (erased);
            -- Of a day that was dropped before, late rows may have left an empty partition.
            was_dropped := NOT EXISTS (
                SELECT FROM archive_days WHERE day = wanted AND dropped_at IS NULL);
            IF archived.shards <> 16 OR EXISTS (SELECT FROM archive_late WHERE day = wanted)
                OR (archived.rows, archived.failures) <> (rows_there, failures_there)
                AND NOT (was_dropped AND rows_there + failures_there = 0) THEN
                RETURN false;
            END IF;
            EXECUTE format('DROP TABLE %I', 'check_results' || suffix);
            EXECUTE format('DROP TABLE %I', 'check_failures' || suffix);
            UPDATE archive_days SET dropped_at = coalesce(dropped_at, clock_timestamp()),
                restored_until = NULL WHERE day = wanted;
            RETURN true;
        END $$;

CREATE FUNCTION make_day_partition(parent text, day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        DECLARE
            name text := parent || to_char(day, '"_p"YYYYMMDD');
            start integer := extract(epoch FROM day::timestamp AT TIME ZONE 'UTC');
        BEGIN
            IF parent NOT IN ('check_results', 'check_failures', 'monitor_hours') THEN
                RAISE EXCEPTION 'There are no days in %.', parent;
            END IF;
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
                name, parent, start, start + 86400);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        END $$;

CREATE FUNCTION silent_regions(since timestamptz) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT r.name FROM regions r
    WHERE coalesce(r.seen_at, '-infinity') < since AND EXISTS (
        SELECT FROM monitors m
        WHERE r.id = ANY(m.region_ids) AND NOT m.paused AND m.deleted_at IS NULL
            AND m.kind <> 'heartbeat' AND m.updated_at < since)
    ORDER BY r.name
$$;

-- The number of checked and of unknown monitors, and of organizations in the same way.
CREATE FUNCTION count_unknown() RETURNS TABLE(
    monitors bigint, unknown bigint, organizations bigint, unknown_organizations bigint
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    WITH owners AS (
        SELECT count(*) AS monitors, count(*) FILTER (WHERE s.state = 'unknown') AS unknown
        FROM monitor_states s
        JOIN monitors m ON m.id = s.monitor_id
        WHERE s.state NOT IN ('paused', 'pending') AND m.deleted_at IS NULL
        GROUP BY s.organization_id
    )
    SELECT coalesce(sum(monitors), 0)::bigint, coalesce(sum(unknown), 0)::bigint,
        count(*), count(*) FILTER (WHERE 2 * unknown > monitors)
    FROM owners
$$;

-- The same without monitors whose last check the egress guard blocked (cause 27), because they do
-- not indicate a failure of this service. State and result are of the same transaction.
CREATE FUNCTION count_own_failures() RETURNS TABLE(
    monitors bigint, unknown bigint, organizations bigint, unknown_organizations bigint
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    WITH owners AS (
        SELECT count(*) AS monitors, count(*) FILTER (WHERE s.state = 'unknown') AS unknown
        FROM monitor_states s
        JOIN monitors m ON m.id = s.monitor_id
        WHERE s.state NOT IN ('paused', 'pending') AND m.deleted_at IS NULL
            AND NOT (s.state = 'unknown' AND EXISTS (
                SELECT FROM check_results r
                WHERE r.monitor_id = s.monitor_id AND r.slot = s.last_slot
                    AND r.cause = CAST(27 AS "char")))
        GROUP BY s.organization_id
    )
    SELECT coalesce(sum(monitors), 0)::bigint, coalesce(sum(unknown), 0)::bigint,
        count(*), count(*) FILTER (WHERE 2 * unknown > monitors)
    FROM owners
$$;

-- The oldest day before another one whose checks are not in the archive yet. A day that was sealed
-- counts as archived while late rows are added to it.
CREATE FUNCTION oldest_unarchived_day(before date) RETURNS date
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
        DECLARE
            each date;
            start integer;
        BEGIN
            FOR each IN
                SELECT to_date(right(CAST(inhrelid::regclass AS text), 8), 'YYYYMMDD')
                FROM pg_inherits
                WHERE inhparent = 'check_results'::regclass
                    AND CAST(inhrelid::regclass AS text) ~ '^check_results_p[0-9]{8}$'
                ORDER BY 1
            LOOP
                EXIT WHEN each >= before;
                start := extract(epoch FROM each::timestamp AT TIME ZONE 'UTC');
                IF (SELECT count(*) FROM archive_days
                        WHERE day = each AND (state = 'current' OR revision > 1)) < 16
                    AND EXISTS (SELECT FROM check_results
                        WHERE slot >= start AND slot < start + 86400) THEN
                    RETURN each;
                END IF;
            END LOOP;
            RETURN NULL;
        END $$;

-- Finds the newest entries with all of these words. Row-level security would keep the index from being
-- used, because the operator may not see rows before the policy. So this names the organization.
CREATE FUNCTION search_audit_entries(wanted text, before bigint, most integer)
    RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT sequence FROM audit_entries
    WHERE organization_id = current_organization() AND words @@ wanted::tsquery
        AND sequence < before
    ORDER BY sequence DESC LIMIT most
$$;
