"""The blueprint of the pages of monitors, and the sentences that they show after an action."""

from web.routing import Pages
from web.translations import marked

pages = Pages(
    "monitors",
    notices={
        "created": marked("The monitor was created. Its first check runs now."),
        "saved": marked("The monitor was saved."),
        "checking": marked("A check was requested. Its result appears here within seconds."),
        "paused": marked("The monitor is paused. Nothing is checked and nobody is notified."),
        "resumed": marked("The monitor is checked again."),
        "deleted": marked("The monitor was deleted."),
        "ping-url-rotated": marked("The ping address was replaced. The old one works for a day."),
        "view-saved": marked("The view was saved."),
        "view-deleted": marked("The view was deleted."),
        "bulk-done": marked("All selected monitors were changed."),
    },
)
