"""The demo organization: it monitors the API and a site that is down one minute in three."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.demo import EMAIL, ORGANIZATION_ID
from config.settings import load
from domain.alerting import channel_kind
from models import Membership, Monitor, User
from services.accounts import accounts
from services.contacts import contacts, opt_in
from services.contacts import groups as contact_groups
from services.contacts.channels import ChannelValues
from services.contacts.contacts import ContactValues
from services.contacts.limits import ContactLimits
from services.monitors import monitors
from services.monitors.values import MonitorValues

_CHANNELS = (
    ChannelValues(kind=channel_kind.EMAIL, address="on-call@example.com"),
    # Numbers 555-01xx are reserved for fictional use.
    ChannelValues(kind=channel_kind.SMS, address="+12025550123"),
)


def ensure(session: Session, urls: dict[str, str], *, password: str, now: datetime) -> None:
    """Create the demo in an empty database; later only update a monitor whose URL changed.

    `urls` are the monitored sites, by the name of their monitor.
    """
    if session.scalar(select(User.id).limit(1)) is None:
        _create(session, urls, password=password, now=now)
    else:
        _follow(session, urls, now=now)


def _create(session: Session, urls: dict[str, str], *, password: str, now: datetime) -> None:
    registered = accounts.register(
        session, email=EMAIL, password=password, organization_name="Demo", now=now
    )
    registered.organization.public_id = ORGANIZATION_ID
    organization = registered.organization.id
    values = ContactValues(name="On call", channels=_CHANNELS)
    rules = ContactLimits.from_settings(load())
    contact = contacts.create(session, organization, values, rules=rules, now=now)
    for channel in contact.channels:
        # Nobody reads messages to these addresses, so nobody could opt in.
        opt_in.confirm(session, channel, now=now)
    group = contact_groups.create(
        session, organization, name="Operations", contact_ids=[contact.public_id], now=now
    )
    for name, url in urls.items():
        watched = MonitorValues(
            name=name,
            url=url,
            # Short, so that a newcomer need not wait for an outage.
            interval_seconds=10,
            timeout_seconds=5,
            recheck_seconds=2,
            # The site alternates on purpose, and each change should notify.
            flap_changes=None,
            contact_group_ids=[group.public_id],
        )
        monitors.create(session, organization, watched, ring=rules.ring, now=now)


def _follow(session: Session, urls: dict[str, str], *, now: datetime) -> None:
    """Update the URLs; ports change if another program took the one of the last run."""
    watched = session.scalars(
        select(Monitor)
        .join(Membership, Membership.organization_id == Monitor.organization_id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == EMAIL, Monitor.name.in_(urls), Monitor.deleted_at.is_(None))
    )
    for monitor in watched.all():
        if monitor.url != urls[monitor.name]:
            changes = {"url": urls[monitor.name]}
            monitors.change(session, monitor.organization_id, monitor.public_id, changes, now=now)
