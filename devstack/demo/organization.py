"""The demo organization as its people made it thirty days ago: through the services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from config import demo
from config.settings import load
from devstack.demo import objectives, planning
from devstack.demo.story.past import Story, Watched
from domain.alerting import channel_kind
from domain.alerting.alert import AlertEvent
from domain.evaluation import heartbeat
from models import Contact, Delivery
from models.delivery import DeliveryState
from models.escalation_policy import TargetKind
from services.accounts import accounts
from services.contacts import contacts, opt_in
from services.contacts import groups as contact_groups
from services.contacts.channels import ChannelValues
from services.contacts.contacts import ContactValues
from services.contacts.limits import ContactLimits
from services.escalation import policies
from services.escalation.policies import PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import Step
from services.monitors import monitors
from services.monitors.values import MonitorValues
from services.monitors.views import MonitorView
from services.on_call.rota import ShiftView
from services.templates import templates
from services.templates.templates import TemplateValues

SECOND_STEP = timedelta(minutes=15)
"""After how long an outage that nobody acknowledged notifies the desk, too."""
_TIMEOUT = 5
# Numbers 555-01xx are reserved for fictional use.
_PEOPLE = (
    ("Ada Lindqvist", "ada@example.com", "+12025550124"),
    ("Ben Okafor", "ben@example.com", "+12025550125"),
    ("Chiara Rossi", "chiara@example.com", "+12025550126"),
)
_DESK = ("Operations desk", "on-call@example.com", "+12025550123")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What was made: the monitors by name, and who was on duty in the thirty days."""

    id: int
    people: Mapping[UUID, Contact]
    desk: Contact
    desk_group_id: UUID
    shifts: Sequence[ShiftView]
    monitors: Mapping[str, MonitorView]

    def ids(self, name: str) -> list[UUID]:
        """Return the public id of the monitor with this name, if it was made."""
        return [self.monitors[name].monitor.public_id] if name in self.monitors else []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notified:
    """Who is notified: the desk, or by the policy whoever is on duty."""

    group_id: UUID
    policy_id: UUID


def create(
    session: Session, story: Story, urls: Mapping[str, str], *, password: str, now: datetime
) -> Shop:
    """Create the organization. A monitor of the story without a URL is left out."""
    registered = accounts.register(
        session, email=demo.EMAIL, password=password, organization_name="Demo shop", now=now
    )
    registered.organization.public_id = demo.ORGANIZATION_ID
    owner, start = registered.organization.id, story.start
    people = [_contact(session, owner, *each, now=start) for each in _PEOPLE]
    desk = _contact(session, owner, *_DESK, now=start)
    group = contact_groups.create(
        session, owner, name="Operations", contact_ids=[desk.public_id], now=start
    )
    rota = planning.on_call(session, owner, [each.public_id for each in people], story)
    policy_id = _policy(session, owner, rota.schedule_id, group.public_id, now=start)
    _template(session, owner, now=start)
    notified = _Notified(group_id=group.public_id, policy_id=policy_id)
    watched = [each for each in story.monitors if _is_there(each, urls)]
    views = monitors.create_all(
        session,
        owner,
        [_values(each, urls, notified) for each in watched],
        ring=ContactLimits.from_settings(load()).ring,
        now=start,
    )
    objectives.create(session, owner, watched, views, group.public_id, now=start)
    session.execute(_ANSWERED.where(Delivery.organization_id == owner))
    return Shop(
        id=owner,
        people={each.public_id: each for each in people},
        desk=desk,
        desk_group_id=group.public_id,
        shifts=rota.shifts,
        monitors={view.monitor.name: view for view in views},
    )


def watch_flapping(session: Session, shop: Shop, name: str, url: str, *, now: datetime) -> None:
    """Monitor the site that is down one minute in three, from now on."""
    values = MonitorValues(
        name=name,
        url=url,
        # Short, so that a newcomer need not wait for an outage.
        interval_seconds=10,
        timeout_seconds=_TIMEOUT,
        recheck_seconds=2,
        # The site alternates on purpose, and each change should notify.
        flap_changes=None,
        contact_group_ids=[shop.desk_group_id],
    )
    ring = ContactLimits.from_settings(load()).ring
    monitors.create(session, shop.id, values, ring=ring, now=now)


# The questions to all channels were answered at once.
_ANSWERED = (
    update(Delivery)
    .where(Delivery.state == DeliveryState.PENDING)
    .values(state=DeliveryState.SENT, attempt=1, sent_at=Delivery.created_at)
    .execution_options(synchronize_session=False)
)


def _contact(
    session: Session, owner: int, name: str, email: str, phone: str, *, now: datetime
) -> Contact:
    values = ContactValues(
        name=name,
        channels=(
            ChannelValues(kind=channel_kind.EMAIL, address=email),
            ChannelValues(kind=channel_kind.SMS, address=phone),
        ),
        time_zone=planning.ZONE,
    )
    limits = ContactLimits.from_settings(load())
    contact = contacts.create(session, owner, values, limits=limits, now=now)
    for channel in contact.channels:
        # Nobody reads messages to these addresses, so nobody could opt in.
        opt_in.confirm(session, channel, now=now)
    return contact


def _policy(
    session: Session, owner: int, schedule_id: UUID, group_id: UUID, *, now: datetime
) -> UUID:
    values = PolicyValues(
        name="Shop is down",
        steps=(
            Step(wait_minutes=0, targets=[PolicyTarget(TargetKind.ON_CALL_SCHEDULE, schedule_id)]),
            Step(
                wait_minutes=int(SECOND_STEP.total_seconds() // 60),
                targets=[PolicyTarget(TargetKind.CONTACT_GROUP, group_id)],
            ),
        ),
    )
    return policies.create(session, owner, values, now=now).policy.public_id


def _template(session: Session, owner: int, *, now: datetime) -> None:
    values = TemplateValues(
        event=AlertEvent.DOWN,
        kind=channel_kind.EMAIL,
        subject="[Shop] {{ monitor.name }} is down",
        text="{{ text }}\n\nWhat to do: https://wiki.example/runbooks/shop",
    )
    templates.create(session, owner, values, now=now)


def _is_there(watched: Watched, urls: Mapping[str, str]) -> bool:
    return watched.kind == heartbeat.KIND or watched.name in urls


def _values(watched: Watched, urls: Mapping[str, str], notified: _Notified) -> MonitorValues:
    is_job = watched.kind == heartbeat.KIND
    return MonitorValues(
        name=watched.name,
        url=urls.get(watched.name),
        kind=watched.kind,
        settings=watched.settings,
        tags=list(watched.tags),
        interval_seconds=None if is_job else watched.interval,
        timeout_seconds=None if is_job else _TIMEOUT,
        latency_threshold_ms=watched.slow_above,
        alert_on_degraded=watched.slow_above is not None,
        contact_group_ids=[] if watched.is_urgent else [notified.group_id],
        escalation_policy_id=notified.policy_id if watched.is_urgent else None,
    )
