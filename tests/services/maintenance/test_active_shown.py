"""What maintenance does to what is shown: states, lists, counts, and uptime."""

from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.outcome import Outcome
from domain.evaluation.state import State
from models import MaintenanceSpan, Monitor, MonitorState
from services.analytics import uptime
from services.maintenance import views as maintenance_views
from services.monitors import views as monitor_views
from services.monitors.listing import lists as monitor_lists
from services.monitors.listing.lists import MonitorFilter
from services.operations import overview, system_counts
from services.pagination import PageRequest
from services.time_range import Window
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.explained import explained, without
from tests.services.planned import at, delete, plan


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return make.monitor(session, organization(session).id, now=at(-60))


def listed(session: Session, owner: int, minutes: float, **wanted: object) -> list[str]:
    page = monitor_lists.page(
        session,
        owner,
        MonitorFilter(**wanted),  # type: ignore[arg-type]
        PageRequest(),
        now=at(minutes),
    )
    return [f"{view.monitor.name} {view.display_status}" for view in page.items]


def test_peer_failure_23_a_monitor_is_shown_in_maintenance_whatever_its_checks_say(
    session: Session,
) -> None:
    owner = organization(session).id
    down, _, paused = (
        make.monitor(session, owner, now=at(-60), name=name, paused=name == "paused")
        for name in ("down", "fine", "paused")
    )
    session.get_one(MonitorState, down.id).state = State.DOWN
    session.flush()
    plan(session, down, paused, start=0, minutes=30)
    assert listed(session, owner, 5, order="state") == [
        "fine pending",
        "down maintenance",
        "paused paused",
    ]
    assert listed(session, owner, 5, state=[DisplayStatus.MAINTENANCE]) == ["down maintenance"]
    assert listed(session, owner, 5, state=[DisplayStatus.DOWN]) == []
    assert listed(session, owner, 35, state=[DisplayStatus.DOWN]) == ["down down"]
    [view] = monitor_views.at(
        session, [monitor_views.find(session, owner, down.public_id)], now=at(5)
    )
    assert (view.display_status, view.state.state) == (DisplayStatus.MAINTENANCE, State.DOWN)
    assert view.maintenance_until == at(30)


def test_the_operator_sees_how_many_are_in_maintenance(session: Session, monitor: Monitor) -> None:
    plan(session, monitor, start=0, minutes=30)
    plan(session, monitor, start=0, minutes=40, tags=["none"])
    during, after = (overview.overview(session, now=at(each)).monitors for each in (5, 45))
    assert (during[DisplayStatus.MAINTENANCE], during[DisplayStatus.PENDING]) == (1, 0)
    assert (after[DisplayStatus.MAINTENANCE], after[DisplayStatus.PENDING]) == (0, 1)


def test_each_is_counted_once_whichever_windows_it_is_in(session: Session) -> None:
    owner, stranger = organization(session).id, organization(session).id
    both, named, _, neither, gone, paused = (
        make.monitor(session, owner, now=at(-60), name=name, tags=tags, paused=name == "paused")
        for name, tags in (
            ("both", ["shop", "web"]),
            ("named", []),
            ("tagged", ["web"]),
            ("neither", ["other"]),
            ("gone", ["web"]),
            ("paused", ["web"]),
        )
    )
    strange = make.monitor(session, stranger, now=at(-60), name="strange", tags=["web"])
    # Of another organization, whatever it says.
    plan(session, strange, start=0, minutes=30, monitor_ids=[], tags=["other"])
    session.execute(update(MaintenanceSpan).values(monitor_ids=[neither.id]))
    plan(session, both, named, gone, start=0, minutes=30)
    plan(session, both, start=0, minutes=30, monitor_ids=[], tags=["shop", "web"])
    plan(session, both, start=0, minutes=30, monitor_ids=[], tags=["web"])
    gone.deleted_at = at(1)
    session.flush()
    assert in_maintenance(session, at(5)) == 3
    assert in_maintenance(session, at(30)) == 0
    plan(session, paused, start=40, minutes=30, monitor_ids=[], all_monitors=True)
    assert in_maintenance(session, at(50)) == 4


def in_maintenance(session: Session, now: datetime) -> int:
    counted = system_counts.monitors(session, now=now)
    assert sum(counted.values()) == 6
    return counted[DisplayStatus.MAINTENANCE]


def test_lists_by_state_ask_once_who_is_in_maintenance_and_not_for_each_monitor(
    session: Session,
) -> None:
    owner, stranger = organization(session).id, organization(session).id
    named, _, _, _, paused = (
        make.monitor(session, owner, now=at(-60), name=name, tags=tags, paused=name == "paused")
        for name, tags in (
            ("named", []),
            ("tagged", ["web", "shop"]),
            ("other", ["other"]),
            ("neither", []),
            ("paused", ["web"]),
        )
    )
    strange = make.monitor(session, stranger, now=at(-60), tags=["other"])
    plan(session, strange, start=0, minutes=30, monitor_ids=[], tags=["other"])
    plan(session, strange, start=0, minutes=30, monitor_ids=[], all_monitors=True)
    plan(session, named, start=0, minutes=30)
    plan(session, named, paused, start=0, minutes=30, tags=["web", "shop"])
    connection = session.connection()
    without(connection, "nestloop")

    def work() -> None:
        assert listed(session, owner, 5, order="-state", state=list(DisplayStatus)) == [
            "paused paused",
            "tagged maintenance",
            "named maintenance",
            "neither pending",
            "other pending",
        ]

    options = "(ANALYZE, TIMING off)"
    [found] = explained(connection, work, "WITH covered", options=options)
    looks = [row for row in found.splitlines() if "on maintenance_spans" in row]
    assert looks
    assert not [row for row in looks if "loops=1)" not in row and "never executed" not in row]


def test_windows_are_listed_by_name_and_by_whether_they_run(
    session: Session, monitor: Monitor
) -> None:
    plan(session, monitor, start=0, minutes=30, name="b")
    plan(session, monitor, start=60, minutes=30, name="a")
    plan(session, monitor, start=0, minutes=30, name="a")

    def names(*, active: bool | None) -> list[str]:
        found: list[str] = []
        request = PageRequest(limit=1)
        while True:
            page = maintenance_views.page(
                session, monitor.organization_id, request, active=active, now=at(10)
            )
            found += [view.window.name for view in page.items]
            if page.next_cursor is None:
                return found
            request = PageRequest(limit=1, cursor=page.next_cursor)

    assert [names(active=each) for each in (None, True, False)] == [
        ["a", "a", "b"],
        ["a", "b"],
        ["a"],
    ]


def test_invariant_5_time_in_maintenance_is_neither_up_nor_down(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=10, minutes=20).window
    make.incident(session, monitor, started_at=at(20), ended_at=at(40))
    make.check(session, monitor, int(at(12).timestamp()), Outcome.UNKNOWN)
    asked = Window(at(0), at(60))
    found = uptime.of_monitor(session, monitor, asked, now=at(60))
    assert (found.up, found.down, found.unknown, found.maintenance) == (1800, 600, 0, 1200)
    assert found.percent == 75
    delete(session, window, 50)
    assert uptime.of_monitor(session, monitor, asked, now=at(60)) == found


def test_invariant_5_a_window_that_is_still_to_come_counts_nothing_yet(
    session: Session, monitor: Monitor
) -> None:
    plan(session, monitor, start=30, minutes=20)
    found = uptime.of_monitor(session, monitor, Window(at(0), at(60)), now=at(40))
    assert (found.up, found.maintenance) == (1800, 600)
