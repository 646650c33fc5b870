"""Acts on one monitor: check it now, pause and resume it, replace its ping address, delete it."""

from datetime import timedelta
from uuid import UUID

from flask import Response

from domain.permissions import Permission
from server.identity.principal import Call
from server.limits import rate_limits
from server.resources import resources
from services.heartbeats import heartbeats
from services.incidents import history as incident_history
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import monitors
from services.monitors import views as monitor_views
from web.monitors import notified
from web.rendering import render, see
from web.routes.monitors.blueprint import pages
from web.routes.monitors.show import found

_OVERLAP = timedelta(days=1)
"""How long a replaced ping address works beside the new one."""


@pages.action("/monitors/<uuid:monitor_id>/check", permission=Permission.MONITOR_WRITE)
def check(call: Call, monitor_id: UUID) -> Response:
    """Request a check outside of the schedule."""
    view = monitor_views.find_locked(call.session, call.organization_id, monitor_id)
    rate_limits.spend(rate_limits.CHECKS_OF_MONITOR, str(call.organization_id), str(monitor_id))
    rate_limits.spend_check(call, view.monitor.kind, view.monitor.settings)
    monitor_lifecycle.check_now(call.session, view, now=call.now)
    return see("monitors.show", notice="checking", monitor_id=monitor_id)


@pages.action("/monitors/<uuid:monitor_id>/pause", permission=Permission.MONITOR_WRITE)
def pause(call: Call, monitor_id: UUID) -> Response:
    view = monitor_views.find_locked(call.session, call.organization_id, monitor_id)
    monitor_lifecycle.pause(call.session, view, now=call.now)
    rate_limits.spend_messages(call)
    return see("monitors.show", notice="paused", monitor_id=monitor_id)


@pages.action("/monitors/<uuid:monitor_id>/resume", permission=Permission.MONITOR_WRITE)
def resume(call: Call, monitor_id: UUID) -> Response:
    monitors.resume(call.session, call.organization_id, monitor_id, now=call.now)
    rate_limits.spend_messages(call)
    return see("monitors.show", notice="resumed", monitor_id=monitor_id)


@pages.action("/monitors/<uuid:monitor_id>/ping-url/rotate", permission=Permission.MONITOR_WRITE)
def rotate_ping_url(call: Call, monitor_id: UUID) -> Response:
    """Replace the ping address. The present one also works during the overlap."""
    view = monitor_views.find_locked(call.session, call.organization_id, monitor_id)
    heartbeats.rotate_address(
        call.session, view.monitor, overlap=_OVERLAP, ring=resources().ring, now=call.now
    )
    return see("monitors.show", notice="ping-url-rotated", monitor_id=monitor_id)


@pages.page("/monitors/<uuid:monitor_id>/delete", permission=Permission.MONITOR_WRITE)
def ask_to_delete(call: Call, monitor_id: UUID) -> Response:
    """Say what ends with a monitor, before it is deleted."""
    view = found(call, monitor_id)
    incidents = incident_history.open_of(call.session, call.organization_id, [view.monitor.id])
    return render(
        "monitors/delete.html",
        call,
        active="monitors",
        monitor=view.monitor,
        is_down=bool(incidents),
        notified=notified.lines(call, view, notified.policy(call, view)),
    )


@pages.action("/monitors/<uuid:monitor_id>/delete", permission=Permission.MONITOR_WRITE)
def delete(call: Call, monitor_id: UUID) -> Response:
    monitors.delete(call.session, call.organization_id, monitor_id, now=call.now)
    rate_limits.spend_messages(call)
    return see("monitors.index", notice="deleted")
