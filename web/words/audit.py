"""What the words of the audit log are called."""

from web.translations import marked
from web.words.labels import Labels

audit_noun = Labels(
    {
        "api_key": marked("API key"),
        "billing": marked("Billing"),
        "channel": marked("Channel"),
        "contact": marked("Contact"),
        "contact_group": marked("Contact group"),
        "credential": marked("Credential"),
        "custom_role": marked("Custom role"),
        "delivery": marked("Delivery"),
        "domain": marked("Domain"),
        "escalation_policy": marked("Escalation policy"),
        "event_subscription": marked("Event subscription"),
        "export": marked("Export"),
        "incident": marked("Incident"),
        "invitation": marked("Invitation"),
        "maintenance_window": marked("Maintenance window"),
        "member": marked("Member"),
        "message_template": marked("Message template"),
        "monitor": marked("Monitor"),
        "on_call_override": marked("Override"),
        "on_call_schedule": marked("On-call schedule"),
        "organization": marked("Organization"),
        "organization_policy": marked("Policy of the organization"),
        "project": marked("Project"),
        "recipient": marked("Recipient"),
        "saved_view": marked("Saved view"),
        "second_factor": marked("Second factor"),
        "service_account": marked("Service account"),
        "session": marked("Session"),
        "slo": marked("Objective"),
        "sso_connection": marked("Single sign-on connection"),
        "team": marked("Team"),
        "test_run": marked("Test run"),
        "user": marked("Account"),
    }
)
"""What was acted on: the first part of an action."""

via = Labels(
    {
        "app": marked("The app"),
        "api_token": marked("The API"),
        "api_key": marked("API key"),
        "service_account": marked("Service account"),
        "link": marked("Link in a message"),
        "operator": marked("Operator"),
        "system": marked("This service"),
    }
)
"""How an act came in."""

changed = Labels(
    {
        "created": marked("created"),
        "updated": marked("changed"),
        "deleted": marked("deleted"),
    }
)
"""What became of a row."""
