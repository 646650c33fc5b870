"""Every table that the API can add rows to is counted, or there is a reason why it need not be."""

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.limits import USUAL
from config.settings import Settings
from models import Base
from services import quotas
from services.errors import Conflict
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import NOW

_PART = "goes with what it is a part of, and a request names only so many"
_ONE = "one for each of what it belongs to"
_BY_CHECKS = "written by results of checks, at the rate that checks_per_day limits"
NOT_COUNTED = {
    "archive_erasures": _ONE,
    "archive_retentions": _ONE,
    "audit_entries": "one for each act, which rate limits of requests and logins bound",
    "audit_heads": _ONE,
    "billing_accounts": _ONE,
    "blind_spans": _BY_CHECKS,
    "burn_rates": _ONE,
    "channel_rate_limits": _ONE,
    "check_failures": _BY_CHECKS,
    "check_results": _BY_CHECKS,
    "rollup_dirty": _BY_CHECKS,
    "client_assertions": "rate limits of the token endpoint",
    "contact_group_members": _PART,
    "data_keys": _ONE,
    "deliveries": "what is to be told must never be refused; events_of_one_request and rate limits",
    "delivery_attempts": "written by relays at the rate of their channels",
    "escalation_steps": _PART,
    "escalation_targets": _PART,
    "expiries": _ONE,
    "export_chunks": "export_gibibytes",
    "export_parts": "export_gibibytes",
    "heartbeats": _ONE,
    "idempotency_keys": "rate limits of requests, 64 MiB at once, and gone after a day",
    "idempotency_usage": "one for each hour of a day",
    "incidents": _BY_CHECKS,
    "maintenance_spans": _PART,
    "monitor_contact_groups": _PART,
    "monitor_credentials": _PART,
    "monitor_parents": _PART,
    "monitor_region_states": _ONE,
    "monitor_states": _ONE,
    "on_call_layers": _PART,
    "organization_policies": _ONE,
    "on_call_turns": _PART,
    "pings": "a hundred of each heartbeat are kept",
    "rechecks": _ONE,
    "refresh_tokens": "as many as sessions, of which a user has a hundred",
    "revoked_tokens": "rate limits of the token endpoint",
    "slo_contact_groups": _PART,
    "seat_changes": "one for each member who comes or goes, which rate limits of requests bound",
    "schedules": "changes of monitors, which rate limits of requests bound",
    "sso_identities": "one for each member and connection",
    "sso_logins": "rate limits of logins; ten minutes",
    "team_members": _PART,
    "text_usage": "one for each month",
}


def test_each_table_that_the_api_adds_rows_to_has_a_quota_or_a_reason(session: Session) -> None:
    """Ask the database what the API may insert, and the models which of it belongs to organizations."""
    tenants = {
        name for name, table in Base.metadata.tables.items() if "organization_id" in table.columns
    }
    insertable = {
        name
        for name in tenants
        if session.scalar(
            text("SELECT has_table_privilege('downtime_api', :name, 'INSERT')"), {"name": name}
        )
    }
    counted = {quota.table.__tablename__ for quota in quotas.QUOTAS.values()}
    assert counted | NOT_COUNTED.keys() == insertable
    assert not counted & NOT_COUNTED.keys()


def test_each_limit_has_a_default_and_those_of_rows_count_a_table_of_organizations() -> None:
    assert quotas.QUOTAS.keys() < USUAL.keys()
    for quota in quotas.QUOTAS.values():
        assert "organization_id" in Base.metadata.tables[quota.table.__tablename__].columns


def test_limits_are_the_usual_ones_unless_they_are_set(session: Session) -> None:
    owner = organization(session).id
    assert quotas.limit(session, owner, "monitors") == 10_000
    quotas.use(session, {"monitors": 1})
    assert quotas.limit(session, owner, "monitors") == 1
    assert quotas.limit(session, owner, "contacts") == 1_000


def test_invariant_6_what_others_have_is_not_counted(session: Session) -> None:
    ours, theirs = organization(session).id, organization(session).id
    quotas.use(session, {"monitors": 1, "checks_per_day": 86_400})
    for owner in (ours, theirs):
        make.monitor(session, owner, now=NOW)
    with pytest.raises(Conflict, match=r"at most 1 monitors \(limit `monitors`\)"):
        make.monitor(session, ours, now=NOW)


def test_the_setting_names_limits_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNTIME_LIMITS", "monitors=5, checks_per_day=7")
    assert Settings().limits == {"monitors": 5, "checks_per_day": 7}
    for wrong in ("monitor=5", "monitors", "monitors=-1", "monitors=many"):
        monkeypatch.setenv("DOWNTIME_LIMITS", wrong)
        with pytest.raises(ValidationError, match="limits"):
            Settings()
