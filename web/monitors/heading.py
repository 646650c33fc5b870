"""What stands at the top of each page of a monitor: what it is, and when it is checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from domain.evaluation import heartbeat
from models import Monitor
from server.identity.principal import Call
from services.heartbeats import heartbeats
from services.monitors.views import MonitorView
from services.schedules import schedules
from web import formats
from web.rendering import page_url
from web.translations import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """`next_at` is the next check, or when the next ping is expected."""

    view: MonitorView
    under: str
    tabs: Sequence[Mapping[str, str]]
    next_at: datetime | None
    checked_at: datetime | None

    @property
    def monitor(self) -> Monitor:
        return self.view.monitor

    @property
    def id(self) -> UUID:
        return self.view.monitor.public_id

    @property
    def state(self) -> str:
        return self.view.display_status.value

    @property
    def is_heartbeat(self) -> bool:
        return is_heartbeat(self.view)

    @property
    def is_checkable(self) -> bool:
        """Whether a worker can check it now."""
        return not (self.view.monitor.paused or self.is_heartbeat)


def is_heartbeat(view: MonitorView) -> bool:
    return view.monitor.kind == heartbeat.KIND


def checked_at(view: MonitorView) -> datetime | None:
    """Return the time of the last check, or of the last ping that ended a run."""
    if view.heartbeat is not None:
        return view.heartbeat.last_ping_at
    slot = view.state.last_slot
    return datetime.fromtimestamp(slot, UTC) if slot else None


def under(view: MonitorView) -> str:
    """Return one line about what is watched, and how often and from where."""
    monitor = view.monitor
    if is_heartbeat(view):
        return _("Heartbeat: %(rhythm)s, grace period %(grace)s") % {
            "rhythm": rhythm(view),
            "grace": formats.lasting(heartbeats.settings_of(monitor).grace),
        }
    method = monitor.settings.get("method", "")
    parts = {
        "target": f"{method} {monitor.url}".strip(),
        "interval": formats.lasting(monitor.interval_seconds),
    }
    if len(view.regions) == 1:
        return _("%(target)s · every %(interval)s") % parts
    parts["regions"] = ", ".join(view.regions)
    return _("%(target)s · every %(interval)s from %(regions)s") % parts


def rhythm(view: MonitorView) -> str:
    """Return how often the job of a heartbeat reports."""
    settings = heartbeats.settings_of(view.monitor)
    if settings.cron is not None:
        return _("cron %(cron)s in %(zone)s") % {
            "cron": settings.cron,
            "zone": settings.time_zone,
        }
    return _("every %(period)s") % {"period": formats.lasting(settings.period_seconds or 0)}


def tabs(view: MonitorView) -> Sequence[Mapping[str, str]]:
    """Return the pages of one monitor."""
    monitor_id = view.monitor.public_id
    third = ("pings", _("Pings")) if is_heartbeat(view) else ("checks", _("Checks"))
    names = (("show", _("Overview")), third, ("incidents", _("Incidents")))
    return [
        {"name": name, "label": label, "href": page_url(f"monitors.{name}", monitor_id=monitor_id)}
        for name, label in names
    ]


def of(call: Call, view: MonitorView) -> Heading:
    """Return what the top of a page of a monitor shows."""
    return Heading(
        view=view,
        under=under(view),
        tabs=tabs(view),
        next_at=None if view.monitor.paused else _next_at(call, view),
        checked_at=checked_at(view),
    )


def _next_at(call: Call, view: MonitorView) -> datetime | None:
    if view.heartbeat is not None:
        return view.heartbeat.expected_at
    return schedules.next_check(call.session, view.monitor, now=call.now)
