"""How a monitor is set up, in words. Of secrets it is only said that they are set."""

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from markupsafe import Markup

from domain.permissions import Permission
from models import Monitor
from server.identity.principal import Call
from services.credentials import credentials
from services.monitors import names
from services.monitors.views import MonitorView
from web import formats, words
from web.access.choices import project_of
from web.monitors.heading import is_heartbeat, rhythm
from web.rendering import page_url
from web.translations import gettext as _
from web.translations import ngettext

Line = tuple[str, object]


def lines(call: Call, view: MonitorView) -> Sequence[Line]:
    """Return pairs of names and values."""
    monitor = view.monitor
    both = [
        (_("Kind"), words.kind(monitor.kind)),
        *_project(call, view),
        *(_of_heartbeat(view) if is_heartbeat(view) else _of_probe(view)),
        (_("Outage after"), _confirmations(monitor)),
        (_("Recovery after"), _successes(monitor.recoveries)),
        (_("Flapping"), _flapping(monitor)),
        (_("Reminders"), _reminders(monitor)),
        (_("Tags"), Markup(" ").join(map(_tag, monitor.tags)) or _("None")),
        (_("Created"), formats.when(monitor.created_at)),
        (_("Changed"), formats.when(monitor.updated_at)),
    ]
    return [*both, *_credentials(call, view), *_parents(call, view)]


def settings(view: MonitorView) -> str:
    """Return the settings of the kind as the API shows them. No secret is among them."""
    return json.dumps(view.monitor.settings, indent=2, ensure_ascii=False, sort_keys=True)


def _of_heartbeat(view: MonitorView) -> Iterable[Line]:
    yield _("Expected"), rhythm(view)


def _of_probe(view: MonitorView) -> Iterable[Line]:
    monitor = view.monitor
    yield _("Address"), monitor.url
    yield _("Interval"), formats.lasting(monitor.interval_seconds)
    yield _("Timeout"), formats.lasting(monitor.timeout_seconds)
    if monitor.latency_threshold_ms is not None:
        yield _("Degraded above"), formats.milliseconds(monitor.latency_threshold_ms)
    yield _("Regions"), ", ".join(view.regions)
    if len(view.regions) > 1:
        quorum = monitor.quorum
        yield (
            _("Quorum"),
            formats.figure(quorum) if quorum else _("a majority of the regions with a result"),
        )
    yield _("Recheck after"), formats.lasting(monitor.recheck_seconds)


def _confirmations(monitor: Monitor) -> str:
    number, window = monitor.confirmations, monitor.confirmation_window
    if window > number:
        return _("%(number)s failures within %(window)s checks") % {
            "number": formats.figure(number),
            "window": formats.figure(window),
        }
    return ngettext("%(number)s failure", "%(number)s failures in a row", number) % {
        "number": formats.figure(number)
    }


def _successes(number: int) -> str:
    return ngettext("%(number)s success", "%(number)s successes in a row", number) % {
        "number": formats.figure(number)
    }


def _flapping(monitor: Monitor) -> str:
    if monitor.flap_changes is None:
        return _("Never")
    return _("more than %(number)s changes within %(window)s") % {
        "number": formats.figure(monitor.flap_changes),
        "window": formats.lasting(monitor.flap_window_seconds),
    }


def _reminders(monitor: Monitor) -> str:
    if monitor.reminder_minutes is None:
        return _("as set in the escalation policy")
    return _("every %(wait)s") % {"wait": formats.lasting(monitor.reminder_minutes * 60)}


def _project(call: Call, view: MonitorView) -> Iterable[Line]:
    link = project_of(call, view.project_id)
    if link is not None:
        yield _("Project"), link


def _credentials(call: Call, view: MonitorView) -> Iterable[Line]:
    """Name the credentials to those who may see them, and say to others how many are set."""
    ids = view.credential_ids
    if not ids:
        return
    if Permission.CREDENTIAL_READ not in call.principal.permissions:
        number = ngettext(
            "%(number)s credential is set", "%(number)s credentials are set", len(ids)
        )
        yield _("Credentials"), number % {"number": formats.figure(len(ids))}
        return
    for name, scheme in credentials.names(call.session, call.organization_id, ids):
        label = _("%(scheme)s: secret set") % {"scheme": words.scheme(scheme)}
        yield name, label


def _parents(call: Call, view: MonitorView) -> Iterable[Line]:
    if not view.parent_ids:
        return
    parents = names.of(call.session, call.organization_id, view.parent_ids)
    links = (_link(each, parents[each]) for each in view.parent_ids if each in parents)
    yield _("Depends on"), Markup(", ").join(links)


def _tag(name: str) -> Markup:
    there = page_url("monitors.index", tag=name)
    return Markup('<a class="tag" href="{}">{}</a>').format(there, name)


def _link(monitor_id: UUID, name: str) -> Markup:
    there = page_url("monitors.show", monitor_id=monitor_id)
    return Markup('<a href="{}">{}</a>').format(there, name)
