"""What the limits and features of a plan are called, and what happens at a limit."""

from config.limits import KINDS
from web.translations import marked
from web.words.labels import Labels

limit = Labels(
    {
        "monitors": marked("Monitors"),
        "checks_per_day": marked("Checks a day"),
        "shortest_interval_seconds": marked("Shortest interval (s)"),
        "regions": marked("Regions of a monitor"),
        "credentials": marked("Credentials"),
        "contacts": marked("Contacts"),
        "channels": marked("Channels of contacts"),
        "contact_groups": marked("Contact groups"),
        "escalation_policies": marked("Escalation policies"),
        "on_call_schedules": marked("On-call schedules"),
        "on_call_overrides": marked("Overrides of on-call schedules"),
        "maintenance_windows": marked("Maintenance windows"),
        "slos": marked("Objectives"),
        "message_templates": marked("Message templates"),
        "event_subscriptions": marked("Event subscriptions"),
        "domains": marked("Domains"),
        "sso_connections": marked("Single sign-on connections"),
        "recipients": marked("Recipients"),
        "exports_under_way": marked("Exports in progress"),
        "exports_per_hour": marked("Exports in the last hour"),
        "export_gibibytes": marked("Size of exports (GiB)"),
        "test_runs_under_way": marked("Test runs in progress"),
        "incident_notes": marked("Entries of people on an incident"),
        "members": marked("Members"),
        "teams": marked("Teams"),
        "projects": marked("Projects"),
        "project_roles": marked("Roles in projects"),
        "custom_roles": marked("Custom roles"),
        "invitations": marked("Open invitations"),
        "api_keys": marked("API keys"),
        "service_accounts": marked("Service accounts"),
        "saved_views": marked("Saved views of a member"),
        "texts_per_day": marked("Texts and calls today"),
        "texts_per_month": marked("Texts and calls this month"),
        "requests_per_minute": marked("API requests a minute"),
        "events_of_one_request": marked("Messages caused by one request"),
        "archive_days": marked("Days for which checks are kept"),
    }
)
"""The limits that are amounts."""

when_full = Labels(
    {
        "texts_per_day": marked(
            "Further texts and calls are not sent. Other channels are not affected."
        ),
        "texts_per_month": marked(
            "Further texts and calls are not sent. Other channels are not affected."
        ),
        "exports_per_hour": marked("The next export has to wait."),
        "export_gibibytes": marked("The next export needs room: delete one first."),
        "checks_per_day": marked("No monitor can be added, resumed or checked more often."),
    }
)
"""What happens when a limit is reached, if it is not that nothing more can be added."""

feature = Labels(
    {
        "audit": marked("Audit log"),
        "scim": marked("Provisioning (SCIM)"),
        "sso": marked("Single sign-on"),
        "voice": marked("Calls"),
    }
)
"""What a plan includes or not, apart from kinds of monitors."""

meter = Labels(
    {
        "scheduled_checks": marked("Scheduled checks"),
        "executed_checks": marked("Executed checks"),
        "text_segments": marked("Segments of texts"),
        "calls": marked("Calls"),
        "seats": marked("Most members at once"),
        "archived_bytes": marked("Most checks in the archive"),
        "export_bytes": marked("Exports"),
    }
)
"""What is metered."""

standing = Labels(
    {
        "active": marked("Active"),
        "restricted": marked("Restricted: payment is overdue"),
        "suspended": marked("Suspended"),
    }
)
"""Whether the organization may use the service."""

subscription = Labels(
    {
        "none": marked("No subscription"),
        "trialing": marked("Trial"),
        "active": marked("Paid"),
        "past_due": marked("Payment failed"),
        "canceled": marked("Cancelled"),
    }
)
"""The states of a subscription."""

FEATURES_OF_KINDS = {f"kind_{kind}": kind for kind in KINDS}
"""The features that are kinds of monitors, with the kind."""
