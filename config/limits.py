"""The limits of one organization: their names and defaults.

A plan of the operator changes them for the organizations that have it (`config/plans.py`).
`services/quotas.py` resolves and counts each, and `docs/reference/limits.md` has a row for each.
"""

from collections.abc import Mapping

UNLIMITED = 1_000_000_000
"""The largest value of a limit, which nothing reaches."""

_AMOUNTS: Mapping[str, int] = {
    "monitors": 10_000,
    "checks_per_day": 8_640_000,
    "regions": 20,
    "credentials": 500,
    "contacts": 1_000,
    "channels": 2_000,
    "contact_groups": 500,
    "escalation_policies": 500,
    "on_call_schedules": 200,
    "on_call_overrides": 5_000,
    "maintenance_windows": 1_000,
    "slos": 1_000,
    "message_templates": 200,
    "event_subscriptions": 50,
    "recipients": 50,
    "exports_under_way": 3,
    "exports_per_hour": 10,
    "export_gibibytes": 5,
    "test_runs_under_way": 5,
    "incident_notes": 1_000,
    "members": 1_000,
    "teams": 200,
    "projects": 200,
    "project_roles": 500,
    "custom_roles": 20,
    "domains": 20,
    "sso_connections": 10,
    "invitations": 200,
    "api_keys": 500,
    "service_accounts": 500,
    "saved_views": 50,
    "texts_per_day": 100,
    "texts_per_month": 200,
    "requests_per_minute": 3_000,
    "events_of_one_request": 2_500,
    "archive_days": 400,
}

LEAST: Mapping[str, int] = {"shortest_interval_seconds": 5}
"""The limits that nothing may fall below; of all others, nothing may exceed them."""

KINDS = (
    *("dns", "ftp", "grpc", "heartbeat", "http", "icmp", "imap", "mqtt", "multistep", "pop3"),
    *("rdap", "redis", "smtp", "sql", "ssh", "tcp", "tls", "udp", "websocket"),
)
"""The kinds of monitors, each of which a plan may leave out."""

FEATURES: Mapping[str, int] = dict.fromkeys(
    ("audit", "scim", "sso", "voice", *(f"kind_{kind}" for kind in KINDS)), 1
)
"""What a plan includes (1) or not (0)."""

USUAL: Mapping[str, int] = {**_AMOUNTS, **LEAST, **FEATURES}
