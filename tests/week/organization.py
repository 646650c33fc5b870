"""The organization of a week: its teams, and the monitors that the script speaks of, as users make them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from models import Channel, Contact, Monitor
from models.escalation_policy import TargetKind
from services.contacts import groups as contact_groups
from services.escalation import policies as escalation_policies
from services.escalation.policies import PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import Step
from services.maintenance import windows as maintenance_windows
from services.maintenance.windows import WindowValues
from services.monitors import monitors
from services.monitors.values import MonitorValues
from tests.factories.keys import RING
from tests.factories.organizations import organization
from tests.week.script import FLAP_CHANGES, FLAP_WINDOW, INTERVAL, STEP_WAIT, Watch

BEGINNING = datetime(2026, 11, 23, tzinfo=UTC)
"""A Monday."""


def moment(seconds: float) -> datetime:
    return BEGINNING + timedelta(seconds=seconds)


def first(team: int, channel: str) -> str:
    """Return the address of a kind of the person of a team who is told at once."""
    return f"+49151{team:08}" if channel == "sms" else f"first{team}@example.test"


def second(team: int) -> str:
    """Return the mail address of the one whom the escalation reaches."""
    return f"second{team}@example.test"


@dataclass
class Teams:
    """Makes what a team needs when its first monitor is made."""

    session: Session
    organization_id: int = 0
    _watched: dict[str, Monitor] = field(default_factory=dict)

    def make(self, watches: Sequence[Watch]) -> dict[str, Monitor]:
        """Make them all, and return the monitors by the names of the script."""
        self.organization_id = organization(self.session, "Week").id
        for team in sorted({watch.team for watch in watches}):
            self._make_team(team, [watch for watch in watches if watch.team == team])
        for watch in watches:
            for window in watch.windows:
                self._plan(watch, window.start, window.end - window.start)
        return self._watched

    def _make_team(self, team: int, watches: Iterable[Watch]) -> None:
        one = self._contact(f"First {team}", email=first(team, "email"), sms=first(team, "sms"))
        other = self._contact(f"Second {team}", email=second(team))
        group = contact_groups.create(
            self.session,
            self.organization_id,
            name=f"Team {team}",
            contact_ids=[one.public_id],
            now=BEGINNING,
        )
        target = PolicyTarget(TargetKind.CONTACT, other.public_id)
        policy = escalation_policies.create(
            self.session,
            self.organization_id,
            PolicyValues(
                name=f"Team {team}",
                steps=[Step(wait_minutes=STEP_WAIT // 60, targets=[target])],
            ),
            now=BEGINNING,
        )
        for watch in watches:
            values = MonitorValues(
                name=watch.name,
                url="https://shop.test/",
                interval_seconds=INTERVAL,
                confirmations=1 if watch.flaps else 2,
                recheck_seconds=10,
                recoveries=watch.recoveries,
                flap_changes=FLAP_CHANGES if watch.flaps else None,
                flap_window_seconds=FLAP_WINDOW,
                contact_group_ids=[group.public_id],
                escalation_policy_id=policy.policy.public_id if watch.escalates else None,
                parent_ids=[self._watched[watch.parent.name].public_id] if watch.parent else [],
            )
            self._watched[watch.name] = monitors.create(
                self.session, self.organization_id, values, ring=RING, now=moment(-INTERVAL)
            ).monitor

    def _contact(self, name: str, **addresses: str) -> Contact:
        owner = {"organization_id": self.organization_id}
        channels = [
            Channel(kind=kind, address=address, confirmed_at=BEGINNING, **owner)
            for kind, address in addresses.items()
        ]
        contact = Contact(name=name, channels=channels, **owner)
        self.session.add(contact)
        self.session.flush()
        return contact

    def _plan(self, watch: Watch, start: int, seconds: int) -> None:
        values = WindowValues(
            name=f"Work on {watch.name}",
            local_start=moment(start).replace(tzinfo=None),
            duration_seconds=seconds,
            monitor_ids=[self._watched[watch.name].public_id],
        )
        maintenance_windows.create(self.session, self.organization_id, values, now=moment(-1))
