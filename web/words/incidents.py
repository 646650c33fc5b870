"""What the course of an incident is called."""

from web.translations import marked
from web.words.labels import Labels

resolution = Labels(
    {
        "recovered": marked("Recovered"),
        "worsened": marked("Became worse"),
        "eased": marked("Became better"),
        "monitor_deleted": marked("Monitor deleted"),
    }
)
"""How an incident ended."""

suppression = Labels(
    {
        "maintenance": marked("Held back during maintenance"),
        "parent": marked("Held back because the parent is down"),
        "parent_unknown": marked("Held back until the parent was checked"),
        "flapping": marked("Held back because the state changes too often"),
        "paused": marked("Held back because the monitor is paused"),
    }
)
"""Why the messages of an incident are held back."""

note = Labels(
    {
        "suppressed": marked("Messages held back"),
        "released": marked("Messages released"),
        "notified": marked("Notified"),
        "nobody": marked("Nobody could be notified"),
        "reminded": marked("Reminder sent"),
        "acknowledged": marked("Acknowledged"),
        "unacknowledged": marked("Acknowledgement taken back"),
        "snoozed": marked("Snoozed"),
        "noted": marked("Note"),
    }
)
"""The notes on the timeline of an incident."""

target = Labels(
    {
        "contact_group": marked("Contact group"),
        "contact": marked("Contact"),
        "on_call_schedule": marked("On-call schedule"),
    }
)
"""The kinds of notification targets."""

handoff = Labels(
    {
        "hourly": marked("Hours"),
        "daily": marked("Days"),
        "weekly": marked("Weeks"),
    }
)
"""The units of a turn on call."""
