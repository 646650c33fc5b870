"""What channels, messages and their deliveries are called."""

from web.translations import marked
from web.words.labels import Labels

channel = Labels(
    {
        "email": marked("Email"),
        "sms": marked("Text message"),
        "voice": marked("Phone call"),
        "webhook": marked("Webhook"),
        "slack": "Slack",
        "teams": "Microsoft Teams",
        "discord": "Discord",
        "telegram": "Telegram",
        "pagerduty": "PagerDuty",
        "apprise": "Apprise",
    }
)
"""The kinds of channels."""

event = Labels(
    {
        "down": marked("Down"),
        "degraded": marked("Degraded"),
        "reminder": marked("Reminder"),
        "up": marked("Recovered"),
        "missed": marked("Short outage"),
        "acknowledged": marked("Acknowledged"),
        "ended": marked("Monitor deleted"),
        "flapping": marked("Flapping"),
        "stable": marked("Stable again"),
        "expiry": marked("Expiry warning"),
        "burn_rate": marked("Error budget warning"),
        "confirm": marked("Request to confirm"),
        "test": marked("Test message"),
        "channel_disabled": marked("Channel disabled"),
        "digest": marked("Several messages in one"),
        "quota": marked("Text message quota"),
        "event": marked("Event for a subscription"),
    }
)
"""What a message is about."""

delivery = Labels(
    {
        "pending": marked("Waiting"),
        "sending": marked("Sending"),
        "sent": marked("Sent"),
        "dead": marked("Given up"),
        "cancelled": marked("Cancelled"),
        "merged": marked("Sent within another"),
    }
)
"""The states of a delivery."""

export = Labels(
    {
        "pending": marked("Waiting"),
        "running": marked("Running"),
        "done": marked("Done"),
        "failed": marked("Failed"),
        "cancelled": marked("Cancelled"),
        "expired": marked("Expired"),
    }
)
"""The states of an export."""

document = Labels(
    {
        "checks": marked("Checks"),
        "incidents": marked("Incidents"),
        "daily": marked("Daily metrics"),
    }
)
"""What an export is about."""

about_document = Labels(
    {
        "checks": marked("One check of a monitor in one region, ordered by monitor and time."),
        "incidents": marked("One outage that overlaps the period, ordered by its start."),
        "daily": marked("The metrics of one monitor on one day (UTC) on which it was monitored."),
    }
)
"""What a row of a document is, in a sentence."""

recipient = Labels(
    {
        "pending": marked("Waiting for the challenge"),
        "active": marked("Active"),
        "retired": marked("Retired"),
    }
)
"""The states of a recipient of encrypted answers."""
