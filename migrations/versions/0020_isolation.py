"""Row level security: each organization sees its own rows, whatever a query forgets to say.

Written against the catalogue rather than against a list: what has a column `organization_id` belongs to
an organization. docs/development/isolation.md says who sees what, and why.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ROLES = ("downtime_api", "downtime_metrics", "downtime_worker")
# Read before it is known on whose behalf: by an address, a public id or the hash of a secret.
_AT_THE_DOOR = (
    "organizations",
    "memberships",
    "refresh_tokens",
    "invitations",
    "api_keys",
    "service_accounts",
)
# What the figures of the whole system are counted from.
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
_FIGURES = (
    *_COUNTED,
    "check_results_default",
    "check_failures_default",
    "dispatch_shards",
    "regions",
)


def upgrade() -> None:
    _make_roles()
    op.execute("""
        CREATE FUNCTION current_organization() RETURNS integer
            LANGUAGE sql STABLE PARALLEL SAFE
            RETURN CASE WHEN current_setting('downtime.organization_id', true) ~ '^[1-9][0-9]{0,8}$'
                THEN current_setting('downtime.organization_id', true)::integer END;
    """)
    _protect_tables()
    _grant()
    _make_narrow_ways()


def downgrade() -> None:
    """Leave the roles: they are the server's, and other databases on it may use them."""
    op.execute("""
        DROP FUNCTION confirmation_asked_at, organization_of_heartbeat, drop_day_partition,
            make_day_partition;
        DO $$
        DECLARE each record;
        BEGIN
            FOR each IN SELECT tablename, policyname FROM pg_policies
                WHERE schemaname = 'public'
            LOOP
                EXECUTE format('DROP POLICY %I ON %I', each.policyname, each.tablename);
            END LOOP;
            FOR each IN SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relrowsecurity
            LOOP
                EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', each.relname);
                EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', each.relname);
            END LOOP;
        END $$;
        DROP FUNCTION current_organization;
    """)
    for role in _ROLES:
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
        op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}")


def _make_roles() -> None:
    """Make what may be missing; who migrates may act as each, so that one login can do for all."""
    for role in _ROLES:
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
                IF NOT pg_has_role(current_user, '{role}', 'USAGE') THEN
                    EXECUTE format('GRANT {role} TO %I', current_user);
                END IF;
            EXCEPTION WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'This login may not make the role {role}. As an administrator:'
                    ' CREATE ROLE {role}; GRANT {role} TO %;', current_user;
            END $$;
        """)


def _protect_tables() -> None:
    """Partitions get no policy: they are read through their parents, or not at all."""
    op.execute("""
        DO $$
        DECLARE
            each record;
        BEGIN
            FOR each IN
                SELECT c.relname, c.relispartition, CASE c.relname
                    WHEN 'organizations' THEN 'id' ELSE 'organization_id' END AS tenant
                FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                    AND (c.relname = 'organizations' OR EXISTS (
                        SELECT FROM pg_attribute WHERE attrelid = c.oid
                        AND attname = 'organization_id' AND NOT attisdropped))
            LOOP
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each.relname);
                EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', each.relname);
                CONTINUE WHEN each.relispartition;
                EXECUTE format(
                    'CREATE POLICY of_organization ON %I'
                    ' USING (%I = (SELECT current_organization()))'
                    ' WITH CHECK (%I = (SELECT current_organization()))',
                    each.relname, each.tenant, each.tenant);
                EXECUTE format(
                    'CREATE POLICY of_all ON %I TO downtime_worker USING (true) WITH CHECK (true)',
                    each.relname);
            END LOOP;
        END $$;
    """)
    for table in _AT_THE_DOOR:
        op.execute(
            f"CREATE POLICY at_the_door ON {table} FOR SELECT TO downtime_api"
            " USING ((SELECT current_organization()) IS NULL)"
        )
    for table in _COUNTED:
        op.execute(
            f"CREATE POLICY for_figures ON {table} FOR SELECT TO downtime_metrics USING (true)"
        )


def _grant() -> None:
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
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I'
                    ' TO downtime_api, downtime_worker', each.relname);
            END LOOP;
        END $$;
        GRANT USAGE ON SCHEMA public TO downtime_api, downtime_metrics, downtime_worker;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO downtime_api, downtime_worker;
        REVOKE INSERT, UPDATE, DELETE ON dispatch_shards FROM downtime_api;
        GRANT SELECT ON check_results_default, check_failures_default TO downtime_worker;
    """)
    op.execute(f"GRANT SELECT ON {', '.join(_FIGURES)} TO downtime_metrics")


def _make_narrow_ways() -> None:
    """Let be done what goes beyond the rows of one organization, with the rights of the owner."""
    op.execute("""
        CREATE FUNCTION make_day_partition(parent text, day date) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            name text := parent || to_char(day, '"_p"YYYYMMDD');
            start integer := extract(epoch FROM day::timestamp AT TIME ZONE 'UTC');
        BEGIN
            IF parent NOT IN ('check_results', 'check_failures') THEN
                RAISE EXCEPTION 'There are no days in %.', parent;
            END IF;
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
                name, parent, start, start + 86400);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        END $$;

        CREATE FUNCTION drop_day_partition(name text) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            IF name !~ '^check_(results|failures)_p[0-9]{8}$' THEN
                RAISE EXCEPTION '% is no day.', name;
            END IF;
            EXECUTE format('DROP TABLE %I', name);
        END $$;

        CREATE FUNCTION organization_of_heartbeat(wanted text) RETURNS integer
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            RETURN (SELECT organization_id FROM heartbeats WHERE token = wanted);

        -- When an address was asked for the n-th last time, by whichever organizations.
        CREATE FUNCTION confirmation_asked_at(
            wanted_kind text, wanted_address text, since timestamptz, n integer
        ) RETURNS timestamptz
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            RETURN (
                SELECT created_at FROM deliveries
                WHERE event = 'confirm' AND kind = wanted_kind
                    AND lower(address) = wanted_address AND created_at > since
                ORDER BY created_at DESC OFFSET n - 1 LIMIT 1
            );

        REVOKE EXECUTE ON FUNCTION make_day_partition, drop_day_partition,
            organization_of_heartbeat, confirmation_asked_at FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION make_day_partition, drop_day_partition TO downtime_worker;
        GRANT EXECUTE ON FUNCTION organization_of_heartbeat, confirmation_asked_at
            TO downtime_api, downtime_worker;
    """)
