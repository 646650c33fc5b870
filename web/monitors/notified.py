"""Who is notified of an outage of a monitor, and after how long."""

from collections.abc import Iterable, Sequence

from domain.evaluation.state import Severity
from models import Delivery
from server.identity.principal import Call
from services.alerting import notification_targets
from services.alerting.notification_targets import TargetContact
from services.escalation import views as escalation_views
from services.escalation.views import PolicyView
from services.monitors.views import MonitorView
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryFilter
from services.pagination import PageRequest
from web import formats, words
from web.translations import gettext as _

Line = tuple[str, str]


def policy(call: Call, view: MonitorView) -> PolicyView | None:
    """Return the escalation policy of a monitor, if it has one."""
    if view.escalation_policy_id is None:
        return None
    return escalation_views.find(call.session, call.organization_id, view.escalation_policy_id)


def lines(call: Call, view: MonitorView, escalation: PolicyView | None) -> Sequence[Line]:
    """Return pairs of when and whom, as it is at this moment. Nobody is nothing."""
    targets = notification_targets.of_monitor(
        call.session, view.monitor, Severity.DOWN, now=call.now
    )
    found: list[Line] = []
    if targets.at_once:
        found.append((_("At once"), _people(targets.at_once)))
    waited = 0
    for position, step in enumerate(escalation.steps if escalation else ()):
        waited += step.wait_minutes
        people = targets.of_step(position)
        found.append((_after(waited), _people(people) if people else _("Nobody can be reached.")))
    return found


def last_delivery(call: Call, view: MonitorView) -> Delivery | None:
    """Return the last message about a monitor."""
    wanted = DeliveryFilter(monitor_id=view.monitor.public_id)
    page = delivery_history.page(call.session, call.organization_id, wanted, PageRequest(limit=1))
    return page.items[0].delivery if page.items else None


def _after(minutes: int) -> str:
    if not minutes:
        return _("At once")
    return _("After %(wait)s") % {"wait": formats.lasting(minutes * 60)}


def _people(people: Iterable[TargetContact]) -> str:
    return "; ".join(
        f"{person.name} ({', '.join(dict.fromkeys(words.channel(each.kind) for each in person.channels))})"
        for person in people
    )
