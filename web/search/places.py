"""The pages and acts that the search offers, each for those who may use it."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.permissions import Permission
from web.translations import gettext as _
from web.translations import marked


@dataclass(frozen=True, slots=True)
class Place:
    """`key` is what a reader presses to get there from anywhere."""

    href: str
    name: str
    symbol: str
    permission: Permission = Permission.MONITOR_READ
    key: str = ""


_PLACES = (
    Place("/", marked("Overview"), "house", key="g o"),
    Place("/monitors", marked("Monitors"), "activity", key="g m"),
    Place("/monitors/new", marked("Add monitor"), "plus", Permission.MONITOR_WRITE),
    Place("/monitors/import", marked("Import monitors"), "upload", Permission.MONITOR_WRITE),
    Place("/incidents", marked("Incidents"), "siren", Permission.INCIDENT_READ, "g i"),
    Place("/maintenance", marked("Maintenance"), "calendar-clock", Permission.MAINTENANCE_READ),
    Place("/maintenance/new", marked("Plan maintenance"), "wrench", Permission.MAINTENANCE_WRITE),
    Place("/slos", marked("Objectives"), "gauge", Permission.SLO_READ),
    Place("/slos/new", marked("New SLO"), "plus", Permission.SLO_WRITE),
    Place("/on-call", marked("On call"), "phone-call", Permission.ESCALATION_READ, "g c"),
    Place("/contacts", marked("Contacts"), "users", Permission.CONTACT_READ),
    Place("/deliveries", marked("Deliveries"), "send", Permission.DELIVERY_READ),
    Place(
        "/deliveries?state=dead", marked("Undelivered messages"), "send", Permission.DELIVERY_READ
    ),
    Place("/reports", marked("Reports"), "chart-line", Permission.ANALYSIS_READ, "g s"),
    Place("/audit", marked("Audit log"), "list", Permission.AUDIT_READ),
    Place("/settings", marked("Settings"), "settings", key="g ,"),
    Place("/settings/account", marked("Account"), "circle-user", Permission.ACCOUNT_READ),
)


def like(text: str, may: Iterable[Permission]) -> list[Place]:
    """Return the places whose name has a text, in the language of the reader; without one, all."""
    allowed = set(may)
    named = (
        Place(each.href, _(each.name), each.symbol, each.permission, each.key)
        for each in _PLACES
        if each.permission in allowed
    )
    return [each for each in named if text.lower() in each.name.lower()]
