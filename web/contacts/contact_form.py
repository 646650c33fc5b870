"""The fields of a contact: its name, its time zone and its quiet hours."""

from domain.evaluation.state import Severity
from models import Contact
from services.contacts.contacts import ContactChanges, QuietHours
from web import preferences
from web.forms import Form
from web.translations import gettext as _
from web.typed.fields import Typed


def labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "email": _("Email address"),
        "phone": _("Phone number for texts"),
        "time_zone": _("Time zone"),
        "quiet_hours.from": _("Quiet from"),
        "quiet_hours.until": _("Quiet until"),
        "quiet_hours.except": _("Still notify of"),
    }


def zones() -> list[tuple[str, str]]:
    """Return the time zones to choose from."""
    return [(name, name.replace("_", " ")) for name in sorted(preferences.zones())]


def shown(form: Form, contact: Contact | None) -> dict[str, str]:
    """Return the values of the fields: what was typed, what is stored, or a default."""
    hours = (contact.quiet_from, contact.quiet_until) if contact else (None, None)
    begin, end = (f"{each:%H:%M}" if each else "" for each in hours)
    severity = contact.quiet_except if contact else Severity.DOWN
    return {
        "name": form.value("name", contact.name if contact else ""),
        "time_zone": form.value(
            "time_zone", contact.time_zone if contact else preferences.current().zone_name
        ),
        "begin": form.value("quiet_hours.from", begin),
        "end": form.value("quiet_hours.until", end),
        "severity": form.value("quiet_hours.except", severity.value if severity else ""),
    }


def read(typed: Typed) -> ContactChanges:
    """Return the typed values, as `contacts.change` takes them."""
    return {
        "name": typed.line("name"),
        "time_zone": typed.text("time_zone") or "UTC",
        "quiet_hours": _quiet_hours(typed),
    }


def _quiet_hours(typed: Typed) -> QuietHours | None:
    if not typed.text("quiet_hours.from") and not typed.text("quiet_hours.until"):
        return None
    severity = typed.text("quiet_hours.except")
    return QuietHours(
        begin=typed.time_of_day("quiet_hours.from"),
        end=typed.time_of_day("quiet_hours.until"),
        severity=typed.choice("quiet_hours.except", Severity) if severity else None,
    )
