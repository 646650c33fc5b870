"""Whatever tables there are, now and later: what belongs to an organization is walled in."""

import pytest
from sqlalchemy import Engine, text

_TENANT_TABLES = """
    SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relispartition
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND (c.relname = 'organizations' OR EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = c.oid AND attname = 'organization_id' AND NOT attisdropped))
"""
WORKERS = (
    "downtime_dispatch",
    "downtime_checks",
    "downtime_notifications",
    "downtime_housekeeping",
    "downtime_exports",
)
ROLES = ("downtime_api", "downtime_live", "downtime_operator", "downtime_worker", *WORKERS)
# People may belong to several organizations; what else is shared holds no row of a customer.
SHARED = {
    "account_mails",
    "account_requests",
    "alembic_version",
    "archive_days",
    "archive_files",
    "archive_late",
    "archive_manifests",
    "dispatch_shards",
    "dispatch_stalls",
    "factor_resets",
    "passkey_challenges",
    "passkeys",
    "ping_receiver_spans",
    "login_devices",
    "login_failures",
    "logins",
    "meter_progress",
    "recovery_codes",
    "regions",
    "rollup_progress",
    "second_factors",
    "signing_keys",
    "text_day_totals",
    "user_sessions",
    "users",
}
NARROW_WAYS = {
    "confirmation_asked_at",
    "count_deliveries",
    "count_monitors",
    "count_own_failures",
    "count_states",
    "count_stray_rows",
    "count_unknown",
    "count_unknown_slots",
    "deliveries_waiting_since",
    "drop_day_partition",
    "drop_sealed_day",
    "erase_audit_organization",
    "erase_audit_person",
    "make_day_partition",
    "oldest_unarchived_day",
    "organization_of_acknowledge_token",
    "organization_of_heartbeat",
    "organizations_of_sessions",
    "search_audit_entries",
    "silent_regions",
}

_TENANT_KEYS = f"""
    SELECT * FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND confrelid <> 'organizations'::regclass
        AND conrelid IN (SELECT oid FROM ({_TENANT_TABLES}) t)
        AND confrelid IN (SELECT oid FROM ({_TENANT_TABLES}) t)
"""
# Keys are not for these: a check is written too often (docs/development/isolation.md), a day of hours could not be
# dropped without a lock of the monitors, and elements of arrays have none. The others name no row of an organization.
WITHOUT_KEY = {
    "check_failures.monitor_id",
    "check_failures.region_id",
    "check_results.monitor_id",
    "check_results.region_id",
    "exports.monitor_ids",
    "maintenance_spans.monitor_ids",
    "maintenance_windows.monitor_ids",
    "monitor_hours.monitor_id",
    "monitor_hours.region_id",
    "monitors.region_ids",
    "schedules.region_ids",
}
OF_NO_PROJECT = {"acknowledge_tokens", "maintenance_spans", "project_roles"}
"""Hashes of links, which no route lists; times without names, from which uptime is computed; and
roles, which are for those who may see members, whatever project they work in."""


def names(database: Engine, query: str) -> set[str]:
    with database.connect() as connection:
        return set(connection.scalars(text(query)))


def test_every_table_with_an_organization_is_walled_in_also_against_its_owner(
    database: Engine,
) -> None:
    open_tables = names(
        database,
        f"SELECT relname FROM ({_TENANT_TABLES}) t"
        " WHERE NOT relrowsecurity OR NOT relforcerowsecurity",
    )
    assert open_tables == set()


def test_every_table_without_an_organization_is_known_to_be_shared(database: Engine) -> None:
    others = names(
        database,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        f" AND relkind IN ('r', 'p') AND oid NOT IN (SELECT oid FROM ({_TENANT_TABLES}) t)",
    )
    assert others == SHARED


def test_every_table_shows_its_organization_its_rows_and_workers_all(database: Engine) -> None:
    lacking = names(
        database,
        f"SELECT relname FROM ({_TENANT_TABLES}) t WHERE NOT relispartition AND NOT ("
        " SELECT array_agg(policyname) @> '{of_organization,of_all}' FROM pg_policies"
        " WHERE schemaname = 'public' AND tablename = relname)",
    )
    assert lacking == set()


def test_every_table_of_monitors_or_projects_confines_a_request_to_its_projects(
    database: Engine,
) -> None:
    lacking = names(
        database,
        """
            SELECT DISTINCT relname FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND NOT relispartition AND NOT attisdropped
                AND attname ~ '^(project|monitor|incident|slo|export|delivery)_ids?$'
                AND NOT EXISTS (
                    SELECT FROM pg_policies WHERE tablename = relname
                        AND policyname = 'of_projects' AND permissive = 'RESTRICTIVE'
                        AND roles = '{downtime_api}' AND with_check IS NOT NULL)
        """,
    )
    assert lacking == OF_NO_PROJECT


def test_policies_that_show_everything_are_for_roles_and_never_for_all(database: Engine) -> None:
    wide = names(
        database,
        "SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND roles = '{public}'"
        " AND (policyname <> 'of_organization' OR qual NOT LIKE '%current_organization()%'"
        " OR with_check NOT LIKE '%current_organization()%')",
    )
    assert wide == set()


def test_every_key_between_tables_of_organizations_names_the_organization_on_both_sides(
    database: Engine,
) -> None:
    lax = names(
        database,
        f"""
            SELECT conname FROM ({_TENANT_KEYS}) k WHERE NOT EXISTS (
                SELECT FROM unnest(conkey, confkey) AS pair (here, there)
                JOIN pg_attribute h ON h.attrelid = conrelid AND h.attnum = here
                JOIN pg_attribute t ON t.attrelid = confrelid AND t.attnum = there
                WHERE h.attname = 'organization_id' AND t.attname = 'organization_id')
        """,
    )
    assert lax == set()


def test_every_key_was_held_against_all_rows_and_a_row_without_an_organization_escapes_none(
    database: Engine,
) -> None:
    assert (
        names(database, f"SELECT conname FROM ({_TENANT_KEYS}) k WHERE NOT convalidated") == set()
    )
    nullable = names(
        database,
        f"SELECT relname FROM ({_TENANT_TABLES}) t JOIN pg_attribute ON attrelid = t.oid"
        " WHERE attname = 'organization_id' AND NOT attnotnull",
    )
    assert nullable == set()


def test_a_deletion_makes_no_organization_null(database: Engine) -> None:
    forgetful = names(
        database,
        f"""
            SELECT conname FROM ({_TENANT_KEYS}) k
            WHERE confdeltype = 'n' AND (confdelsetcols IS NULL OR EXISTS (
                SELECT FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (confdelsetcols)
                AND attname = 'organization_id'))
        """,
    )
    assert forgetful == set()


def test_every_column_that_names_a_row_has_a_key(database: Engine) -> None:
    loose = names(
        database,
        f"""
            SELECT relname || '.' || attname FROM ({_TENANT_TABLES}) t
            JOIN pg_attribute ON attrelid = t.oid
            WHERE NOT relispartition AND NOT attisdropped
                AND attname ~ '_ids?$' AND attname <> 'organization_id'
                AND format_type(atttypid, NULL) ~ '^(smallint|integer|bigint)'
                AND NOT EXISTS (
                    SELECT FROM pg_constraint
                    WHERE contype = 'f' AND conrelid = t.oid AND attnum = ANY (conkey))
        """,
    )
    assert loose == WITHOUT_KEY


def test_days_are_read_through_their_parent_or_not_at_all(database: Engine) -> None:
    readable = names(
        database,
        f"SELECT relname FROM ({_TENANT_TABLES}) t WHERE relispartition"
        " AND (has_table_privilege('downtime_api', oid, 'SELECT, INSERT, UPDATE, DELETE')"
        " OR EXISTS (SELECT FROM pg_policies WHERE tablename = relname AND roles = '{public}'))",
    )
    assert readable == set()


@pytest.mark.abuse(48)
def test_no_view_shows_what_a_table_hides(database: Engine) -> None:
    assert names(database, "SELECT matviewname FROM pg_matviews") == set()
    assert names(database, "SELECT viewname FROM pg_views WHERE schemaname = 'public'") == set()


@pytest.mark.abuse(48)
def test_few_functions_have_the_rights_of_the_owner_and_not_everybody_may_call_them(
    database: Engine,
) -> None:
    of_owner = "FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    assert names(database, f"SELECT proname {of_owner}") == NARROW_WAYS
    allowed = " AND has_function_privilege('public', oid, 'EXECUTE')"
    assert names(database, f"SELECT proname {of_owner}{allowed}") == set()
    unpinned = " AND NOT coalesce(proconfig::text LIKE '%search_path=public, pg_temp%', false)"
    assert names(database, f"SELECT proname {of_owner}{unpinned}") == set()


@pytest.mark.parametrize("role", ROLES)
def test_no_role_goes_past_the_wall(database: Engine, role: str) -> None:
    strong = "rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin"
    query = f"SELECT rolname FROM pg_roles WHERE rolname = '{role}' AND ({strong})"
    assert names(database, query) == set()
    owned = f"SELECT relname FROM pg_class WHERE relowner = '{role}'::regrole"
    assert names(database, owned) == set()
