"""The limits of one organization: their names and defaults.

`services/quotas.py` counts each, and `docs/reference/limits.md` has a row for each.
"""

from collections.abc import Mapping

USUAL: Mapping[str, int] = {
    "monitors": 10_000,
    "checks_per_second": 100,
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
    "invitations": 200,
    "api_keys": 500,
    "service_accounts": 500,
    "saved_views": 50,
    "texts_per_day": 100,
    "events_of_one_request": 2_500,
}
