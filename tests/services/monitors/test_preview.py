"""A preview says what a change would make of monitors, and changes nothing."""

from datetime import UTC, datetime
from typing import Unpack

from sqlalchemy.orm import Session

from models import Monitor
from services.errors import Invalid
from services.monitors import monitors
from services.monitors import views as monitor_views
from services.monitors.changes import MonitorChanges
from tests.factories import monitors as make
from tests.factories.organizations import organization

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shown(session: Session, made: Monitor, **changes: Unpack[MonitorChanges]) -> object:
    """Return the values of the changed fields afterwards, or the problems."""
    view = monitor_views.find(session, made.organization_id, made.public_id)
    ((_, after),) = monitors.preview(session, made.organization_id, [view], [changes])
    if isinstance(after, Invalid):
        return after.problems
    return {name: getattr(after, name) for name in changes}


def test_a_preview_has_the_values_as_they_would_be_stored(session: Session) -> None:
    made = make.monitor(session, organization(session).id, now=NOW, tags=["eu"])
    assert shown(session, made, tags=["eu", "web"]) == {"tags": ["eu", "web"]}
    assert made.tags == ["eu"]


def test_a_preview_refuses_as_the_change_would(session: Session) -> None:
    made = make.monitor(session, organization(session).id, now=NOW, timeout_seconds=20)
    problems = {"timeout_seconds": ["Must be less than the interval."]}
    assert shown(session, made, interval_seconds=10) == problems


def test_a_preview_of_a_heartbeat_refuses_what_means_nothing_for_it(session: Session) -> None:
    settings = {"period_seconds": 3600}
    made = make.monitor(
        session, organization(session).id, now=NOW, url=None, kind="heartbeat", settings=settings
    )
    assert isinstance(shown(session, made, interval_seconds=30), dict)
    assert shown(session, made, interval_seconds=30) == {
        "interval_seconds": ["Not available for a heartbeat."]
    }


def test_those_of_other_organizations_are_not_among_the_chosen(session: Session) -> None:
    own = make.monitor(session, organization(session).id, now=NOW)
    other = make.monitor(session, organization(session).id, now=NOW)
    found = monitor_views.among(session, own.organization_id, [other.public_id, own.public_id])
    assert [view.monitor.id for view in found] == [own.id]
