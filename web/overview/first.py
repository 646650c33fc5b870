"""The first monitor of an organization: made from one address, checked at once, and its result."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from models import Channel
from server.identity.principal import Call
from server.limits import rate_limits
from server.resources import archived, contact_limits
from services.accounts import accounts
from services.analytics import check_log
from services.analytics.check_log import Check, CheckFilter
from services.contacts import contacts
from services.contacts import groups as contact_groups
from services.contacts.channels import ChannelValues
from services.contacts.contacts import ContactValues
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import views as monitor_views
from services.monitors.listing import counts
from services.monitors.listing import lists as monitor_lists
from services.monitors.listing.lists import MonitorFilter
from services.monitors.views import MonitorView
from services.pagination import PageRequest
from web.monitor_editor import saving
from web.preferences import current
from web.translations import gettext as _

_ONE = PageRequest(limit=1)
_NEW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FirstMonitor:
    """The only monitor, its latest check, and a channel that nobody confirmed yet."""

    view: MonitorView
    check: Check | None
    unconfirmed: Channel | None


def watch(call: Call, address: str) -> None:
    """Watch an address, check it at once, and tell the user of its outages.

    Raise `Invalid` with the key `address`.
    """
    made = saving.quick(call, address, contact_group_ids=[_group(call)])
    view = monitor_views.find_locked(call.session, call.organization_id, made.monitor.public_id)
    ids = str(call.organization_id), str(view.monitor.public_id)
    rate_limits.spend(rate_limits.CHECKS_OF_MONITOR, *ids)
    rate_limits.spend(rate_limits.CHECKS, str(call.organization_id))
    monitor_lifecycle.check_now(call.session, view, now=call.now)


def of(call: Call) -> FirstMonitor | None:
    """Return the monitor of an organization that has one since today, with its first result."""
    if not counts.is_the_only_one(call.session, call.organization_id):
        return None
    page = monitor_lists.page(
        call.session, call.organization_id, MonitorFilter(), _ONE, now=call.now
    )
    for view in page.items:
        if call.now - view.monitor.created_at > _NEW:
            return None
        checks = check_log.page(
            call.session, view.monitor, CheckFilter(), _ONE, now=call.now, archived=archived()
        )
        return FirstMonitor(view, next(iter(checks.items), None), _unconfirmed(call))
    return None


def _group(call: Call) -> UUID:
    """Return the first contact group; without any, make one with the address of the user."""
    session, organization_id = call.session, call.organization_id
    for view in contact_groups.page(session, organization_id, _ONE).items:
        return view.group.public_id
    email = accounts.profile(session, organization_id, call.principal.user_id).user.email
    values = ContactValues(
        name=email,
        channels=[ChannelValues(kind="email", address=email)],
        time_zone=current().zone_name,
    )
    contact = contacts.create(
        session, organization_id, values, limits=contact_limits(), now=call.now
    )
    return contact_groups.create(
        session,
        organization_id,
        name=_("Everybody"),
        contact_ids=[contact.public_id],
        now=call.now,
    ).public_id


def _unconfirmed(call: Call) -> Channel | None:
    for contact in contacts.page(call.session, call.organization_id, _ONE).items:
        for channel in contact.channels:
            if channel.confirmed_at is None:
                return channel
    return None
