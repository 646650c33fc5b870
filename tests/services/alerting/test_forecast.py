"""Who would be notified: the same as those who are, moment by moment."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from models import Contact, Delivery, EscalationPolicy, IncidentNote, Monitor
from models.incident_note import NoteKind
from services.alerting import forecast as forecasts
from services.alerting import process as alerting
from services.alerting.forecast import Notification, Occasion
from services.contacts import groups as contact_groups
from services.escalation import policies as escalation_policies
from services.escalation.policies import PolicyChanges, PolicyValues
from services.escalation.views import Step
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.alerting.test_monitor_targets import people
from tests.services.outage import NOW, broken

MINUTE = timedelta(minutes=1)
Steps = Sequence[tuple[int, Sequence[str]]]


def monitor(session: Session, steps: Steps, *, group: Sequence[str] = (), **more: Any) -> Monitor:  # noqa: ANN401 - values of a policy
    """Make a monitor with a policy and, if they are named, a group of contacts."""
    owner = organization(session).id
    given: dict[str, Any] = {}
    if steps:
        values = PolicyValues(
            name="Night",
            steps=[
                Step(wait_minutes=wait, targets=people(session, owner, names))
                for wait, names in steps
            ],
            **more,
        )
        made = escalation_policies.create(session, owner, values, now=NOW).policy
        given["escalation_policy_id"] = made.public_id
    if group:
        members = [target.id for target in people(session, owner, group)]
        team = contact_groups.create(session, owner, name="Team", contact_ids=members, now=NOW)
        given["contact_group_ids"] = [team.public_id]
    return make.monitor(session, owner, now=NOW, **given)


def said(notification: Notification) -> tuple[datetime, str, list[str]]:
    names = [person.name for person in notification.people]
    return notification.at, notification.occasion.value, names


def really(session: Session, of: Monitor) -> list[tuple[datetime, str, list[str]]]:
    """Let an outage go on that nobody acknowledges, and return what its timeline says."""
    incident = broken(session, of)
    alerting.opened(session, incident, now=NOW)
    while incident.next_at is not None and incident.next_at <= NOW + forecasts.LONGEST:
        alerting.proceed(session, incident, now=incident.next_at)
    notes = session.scalars(
        select(IncidentNote)
        .where(IncidentNote.incident_id == incident.id)
        .order_by(IncidentNote.id)
    )
    found = []
    for note in notes:
        if note.kind in {NoteKind.NOTIFIED, NoteKind.NOBODY}:
            occasion = Occasion.STEP if "step" in note.facts else Occasion.BEGIN
            found.append((note.at, occasion.value, note.facts["contacts"]))
    return found


@pytest.mark.parametrize(
    ("steps", "group", "more"),
    [
        ([], [], {}),
        ([], ["Ann"], {}),
        ([(0, ["Ann"]), (10, ["Bob"])], [], {}),
        ([(5, ["Ann", "nob"]), (0, ["Bob"]), (30, ["nan"])], ["Cid"], {}),
        ([(0, ["Ann"]), (10, ["Bob"])], ["nob"], {"repeats": 2, "repeat_minutes": 15}),
    ],
)
def test_the_forecast_is_what_then_happens(
    session: Session, steps: Steps, group: Sequence[str], more: dict[str, int]
) -> None:
    made = monitor(session, steps, group=group, **more)
    foreseen = forecasts.of_monitor(session, made, Severity.DOWN, at=NOW)
    assert session.scalar(select(func.count()).select_from(Delivery)) == 0
    assert [said(each) for each in foreseen.notifications] == really(session, made)
    assert not foreseen.is_cut


def test_reminders_go_to_all_so_far_and_the_forecast_ends_some_time(session: Session) -> None:
    made = monitor(session, [(0, ["Ann"]), (10, ["Bob"])], reminder_minutes=30)
    foreseen = forecasts.of_monitor(session, made, Severity.DOWN, at=NOW)
    reminders = [each for each in foreseen.notifications if each.occasion is Occasion.REMINDER]
    assert said(reminders[0]) == (NOW + 30 * MINUTE, "reminder", ["Ann", "Bob"])
    assert foreseen.is_cut
    assert [each.occasion for each in foreseen.notifications][-1] is Occasion.REMINDER


def test_a_step_that_reaches_nobody_goes_to_the_fallback(session: Session) -> None:
    made = monitor(session, [(0, ["nob"])])
    policy = session.get_one(EscalationPolicy, made.escalation_policy_id)
    changes: PolicyChanges = {"fallback_targets": people(session, made.organization_id, ["Fay"])}
    owner = made.organization_id
    escalation_policies.change(session, owner, policy.public_id, changes, now=NOW)
    (only,) = forecasts.of_policy(session, policy, Severity.DOWN, at=NOW).notifications
    assert (only.is_fallback, [person.name for person in only.people]) == (True, ["Fay"])


def test_quiet_hours_of_that_moment_are_told(session: Session) -> None:
    made = monitor(session, [(0, ["Ann"])])
    ann = session.scalars(select(Contact)).one()
    ann.quiet_from, ann.quiet_until = time(22), time(6)
    session.flush()
    night = NOW.replace(hour=23)
    (at_night,) = forecasts.of_monitor(session, made, Severity.DOWN, at=night).notifications
    assert at_night.people[0].quiet_until == night + timedelta(hours=7)
    (by_day,) = forecasts.of_monitor(session, made, Severity.DOWN, at=NOW).notifications
    assert by_day.people[0].quiet_until is None
