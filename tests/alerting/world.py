"""One organization with monitors, people and a clock in minutes; what reaches whom is what counts.

Everything is real but time and the providers: checks are recorded, incidents swept and deliveries
claimed as workers do it, with the rights of those, in each minute in which anything is due.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Unpack
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import Alert
from domain.evaluation.outcome import Outcome
from domain.evaluation.state import Severity
from models import Channel, Contact, ContactGroup, Incident, Monitor, OnCallSchedule
from models.escalation_policy import TargetKind
from notifiers.base import NotifierError, Receipt
from services.alerting import acknowledgements, flapping
from services.alerting import sweep as alerting_sweep
from services.alerting.acknowledgements import Actor
from services.checks import record as check_record
from services.contacts import groups as contact_groups
from services.dependencies import inhibited_children
from services.escalation import policies as escalation_policies
from services.escalation.policies import PolicyChanges, PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import PolicyView, Step
from services.evaluation.results import Observed
from services.maintenance import occurrences as maintenance_occurrences
from services.maintenance import windows as maintenance_windows
from services.maintenance.windows import WindowValues
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from services.relay import claims, outcomes
from services.relay.settings import RelaySettings
from services.schedules import regions
from tests.alerting.due import next_moment
from tests.alerting.looks import RESULTS
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.rights import acting

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""Minute 0: a Tuesday at noon."""
MINUTE = timedelta(minutes=1)

# Nothing of a pace or a burst, which have tests of their own.
SETTINGS = RelaySettings(
    public_url="https://downtime.test", per_minute={"other": 100_000}, burst=100_000
)

Told = Contact | OnCallSchedule
"""Whom a step of a policy may name."""

Message = tuple[int, str, str]
"""The minute, the contact and the event; a reminder with its number, such as `reminder 2`."""


@dataclass
class World:
    session: Session
    start: datetime = START
    settings: RelaySettings = SETTINGS
    minute: int = 0
    sent: list[Message] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Contacts whose provider is down."""
    gone: set[str] = field(default_factory=set)
    """Contacts whose mailbox is no more."""

    def __post_init__(self) -> None:
        self.organization_id = organization(self.session).id
        self._last_slot: dict[int, int] = {}

    @property
    def now(self) -> datetime:
        return self.start + self.minute * MINUTE

    def contact(
        self,
        name: str,
        *,
        quiet: tuple[int, int] | None = None,
        quiet_except: Severity | None = None,
    ) -> Contact:
        """Make a contact with a confirmed mail address; quiet hours are hours in UTC."""
        contact = Contact(organization_id=self.organization_id, name=name)
        if quiet is not None:
            contact.quiet_from, contact.quiet_until = (time(hour) for hour in quiet)
            contact.quiet_except = quiet_except
        contact.channels = [
            Channel(
                organization_id=self.organization_id,
                kind="email",
                address=f"{name}@example.test",
                confirmed_at=self.now,
            )
        ]
        self.session.add(contact)
        self.session.flush()
        return contact

    def group(self, *contacts: Contact) -> ContactGroup:
        return contact_groups.create(
            self.session,
            self.organization_id,
            name=f"Group of {', '.join(each.name for each in contacts)}",
            contact_ids=[each.public_id for each in contacts],
            now=self.now,
        )

    def policy(
        self, *steps: tuple[int, Sequence[Told]], fallback: Sequence[Told] = (), **values: int
    ) -> PolicyView:
        """Make a policy of steps, each a wait in minutes and whom to tell."""
        given = PolicyValues(
            name="Policy",
            steps=[Step(wait_minutes=wait, targets=_targets(people)) for wait, people in steps],
            fallback_targets=_targets(fallback),
            **values,  # type: ignore[arg-type]  # whichever numbers a test sets
        )
        return escalation_policies.create(self.session, self.organization_id, given, now=self.now)

    def change(self, policy: PolicyView, **changes: Unpack[PolicyChanges]) -> None:
        escalation_policies.change(
            self.session, self.organization_id, policy.policy.public_id, changes, now=self.now
        )

    def monitor(self, name: str = "Shop", *groups: ContactGroup, **values: object) -> Monitor:
        """Make a monitor that believes the first failing check, and was up until now."""
        monitor = self.unseen(name, *groups, **values)
        self.check(monitor, Outcome.UP)
        return monitor

    def unseen(self, name: str, *groups: ContactGroup, **values: object) -> Monitor:
        """Make a monitor that nobody looked at yet."""
        return make.monitor(
            self.session,
            self.organization_id,
            now=self.now - timedelta(minutes=1),
            name=name,
            **{
                "contact_group_ids": [group.public_id for group in groups],
                "confirmations": 1,
                "alert_on_degraded": True,
                "flap_changes": None,
                **values,
            },
        )

    def check(self, monitor: Monitor, outcome: Outcome, *, region: str = "default") -> None:
        """Let a check of this minute come in, and send what it brings about."""
        self.record(monitor, outcome, region=region)
        self.relay()

    def record(self, monitor: Monitor, outcome: Outcome, *, region: str = "default") -> None:
        """Let a check of this minute come in while no relay runs."""
        slot = max(int(self.now.timestamp()), self._last_slot.get(monitor.id, 0) + 1)
        self._last_slot[monitor.id] = slot
        observed = Observed(
            organization_id=monitor.organization_id,
            monitor_id=monitor.id,
            region_id=regions.ids(self.session, [region])[region],
            slot=slot,
            version=None,
            result=RESULTS[outcome],
        )
        with acting(self.session, "downtime_checks"):
            check_record.record(self.session, [observed], now=self.now)

    def until(self, minute: int) -> None:
        """Let the time pass; sweeps and relays run in the next minute, and whenever anything is due."""
        while self.minute < minute:
            self.minute += 1
            self.sweep()
            self.relay()
            self.minute = max(self.minute, self._next_minute(latest=minute) - 1)

    def sweep(self) -> None:
        with acting(self.session, "downtime_housekeeping"):
            maintenance_occurrences.sweep(self.session, now=self.now)
        with acting(self.session, "downtime_dispatch"):
            flapping.settle(self.session, now=self.now)
            if inhibited_children.are_due(self.session, now=self.now):
                inhibited_children.keep(self.session, now=self.now)
                inhibited_children.recheck_parents(self.session, now=self.now)
            alerting_sweep.sweep(self.session, now=self.now)

    def relay(self) -> None:
        """Send all that is due, as relays do."""
        with acting(self.session, "downtime_notifications"):
            while due := claims.due(self.session, now=self.now, limit=500):
                sent = [self._send(delivery_id) for delivery_id in due]
                if not any(sent):
                    return

    def incident(self, monitor: Monitor) -> Incident:
        """Return the newest incident of a monitor."""
        return self.session.scalars(
            select(Incident)
            .where(Incident.monitor_id == monitor.id)
            .order_by(Incident.id.desc())
            .limit(1)
            .execution_options(populate_existing=True)
        ).one()

    def acknowledge(self, monitor: Monitor, by: str = "Ann", note: str = "") -> None:
        incident = self.incident(monitor)
        acknowledgements.acknowledge(
            self.session,
            self.organization_id,
            incident.public_id,
            by=_actor(by, note),
            now=self.now,
        )
        self.relay()

    def unacknowledge(self, monitor: Monitor, by: str = "Ann") -> None:
        incident = self.incident(monitor)
        acknowledgements.unacknowledge(
            self.session, self.organization_id, incident.public_id, by=_actor(by), now=self.now
        )
        self.relay()

    def snooze(self, monitor: Monitor, minutes: int, by: str = "Ann") -> None:
        incident = self.incident(monitor)
        acknowledgements.snooze(
            self.session,
            self.organization_id,
            incident.public_id,
            by=_actor(by),
            until=self.now + timedelta(minutes=minutes),
            now=self.now,
        )

    def maintenance(self, monitor: Monitor, *, minutes: int) -> UUID:
        """Begin a window now."""
        values = WindowValues(
            name="Work", monitor_ids=[monitor.public_id], duration_seconds=minutes * 60
        )
        view = maintenance_windows.create(self.session, self.organization_id, values, now=self.now)
        return view.window.public_id

    def end_maintenance(self, window_id: UUID) -> None:
        maintenance_windows.end(self.session, self.organization_id, window_id, now=self.now)

    def edit(self, monitor: Monitor, **changes: Unpack[MonitorChanges]) -> None:
        monitors.change(
            self.session, self.organization_id, monitor.public_id, changes, now=self.now
        )

    def delete(self, monitor: Monitor) -> None:
        monitors.delete(self.session, self.organization_id, monitor.public_id, now=self.now)
        self.relay()

    def _next_minute(self, *, latest: int) -> int:
        moment = next_moment(self.session, now=self.now)
        return latest if moment is None else min(latest, ceil((moment - self.start) / MINUTE))

    def _send(self, delivery_id: int) -> bool:
        claimed = claims.claim(self.session, delivery_id, settings=self.settings, now=self.now)
        if claimed is None or claimed.destination is None:
            return False
        name = claimed.destination.address.partition("@")[0]
        if name in self.broken | self.gone:
            error = NotifierError("It was not accepted.", channel_gone=name in self.gone)
            outcomes.mark_failed(self.session, claimed, error, now=self.now, chance=0.0)
            return False
        receipt = Receipt("Accepted.")
        outcomes.mark_sent(self.session, claimed, receipt, now=self.now)
        alert = claimed.alert
        self.alerts.append(alert)
        self.sent.append((self.minute, name, f"{alert.event} {alert.number or ''}".strip()))
        return True


def _targets(people: Iterable[Told]) -> list[PolicyTarget]:
    return [
        PolicyTarget(
            TargetKind.CONTACT if isinstance(each, Contact) else TargetKind.ON_CALL_SCHEDULE,
            each.public_id,
        )
        for each in people
    ]


def _actor(name: str, note: str = "") -> Actor:
    address = ("email", f"{name}@example.test")
    return Actor(name=name, note=note, addresses=frozenset({address}))
