"""Who depends on whom: links, circles, and two changes at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models import Incident, Monitor, MonitorParent, Recheck
from models.incident import Suppression
from services.dependencies import dependencies
from services.errors import Invalid
from services.monitors import monitors
from services.monitors import views as monitor_views
from services.monitors.changes import MonitorChanges
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.planned import at


@pytest.fixture
def owner(session: Session) -> int:
    return organization(session).id


def chain(session: Session, owner: int, *names: str) -> list[Monitor]:
    """Make monitors of which each depends on the one before."""
    made: list[Monitor] = []
    for name in names:
        parents = [made[-1].public_id] if made else []
        made.append(make.monitor(session, owner, now=at(0), name=name, parent_ids=parents))
    return made


def depend(session: Session, monitor: Monitor, *parents: Monitor) -> None:
    changes: MonitorChanges = {"parent_ids": [parent.public_id for parent in parents]}
    monitors.change(session, monitor.organization_id, monitor.public_id, changes, now=at(1))


def parents_of(session: Session, monitor: Monitor) -> list[str]:
    view = monitor_views.find(session, monitor.organization_id, monitor.public_id)
    names = dict(session.execute(select(Monitor.public_id, Monitor.name)).all())
    return [names[each] for each in view.parent_ids]


def refused(session: Session, monitor: Monitor, *parents: Monitor) -> str:
    with pytest.raises(Invalid) as caught, session.begin_nested():
        depend(session, monitor, *parents)
    [[text]] = caught.value.problems.values()
    assert list(caught.value.problems) == ["parent_ids"]
    return text


def test_parents_are_shown_by_name_and_can_be_changed(session: Session, owner: int) -> None:
    router, shop = chain(session, owner, "Router", "Shop")
    power = make.monitor(session, owner, now=at(0), name="Power")
    depend(session, shop, router, power)
    assert parents_of(session, shop) == ["Power", "Router"]
    depend(session, shop)
    assert parents_of(session, shop) == []


def test_a_circle_is_refused_with_its_path(session: Session, owner: int) -> None:
    router, _, cart = chain(session, owner, "Router", "Shop", "Cart")
    text = refused(session, router, cart)
    assert text == "The parents form a circle: Router → Cart → Shop → Router."
    assert parents_of(session, router) == []


def test_nothing_depends_on_itself(session: Session, owner: int) -> None:
    (shop,) = chain(session, owner, "Shop")
    assert refused(session, shop, shop) == "The parents form a circle: Shop → Shop."


def test_two_ways_to_the_same_parent_are_no_circle(session: Session, owner: int) -> None:
    router, shop, cart = chain(session, owner, "Router", "Shop", "Cart")
    depend(session, cart, shop, router)
    assert parents_of(session, cart) == ["Router", "Shop"]


def test_a_parent_has_to_be_there_and_ours(session: Session, owner: int) -> None:
    (shop,) = chain(session, owner, "Shop")
    strange = make.monitor(session, organization(session).id, now=at(0))
    gone = make.monitor(session, owner, now=at(0))
    monitors.delete(session, owner, gone.public_id, now=at(0))
    for other in (strange, gone):
        assert refused(session, shop, other) == f"There is no monitor {other.public_id}."
    with pytest.raises(Invalid):
        make.monitor(session, owner, now=at(0), parent_ids=[uuid4()])


def test_a_monitor_takes_ten_parents(session: Session, owner: int) -> None:
    (shop,) = chain(session, owner, "Shop")
    many = [make.monitor(session, owner, now=at(0)) for _ in range(11)]
    depend(session, shop, *many[:10])
    assert refused(session, shop, *many) == "A monitor may have at most 10 parents."


def test_a_change_of_something_else_keeps_the_parents(session: Session, owner: int) -> None:
    _, shop = chain(session, owner, "Router", "Shop")
    monitors.change(session, owner, shop.public_id, {"name": "Store"}, now=at(1))
    assert parents_of(session, shop) == ["Router"]


def test_a_deleted_monitor_is_linked_to_nothing(session: Session, owner: int) -> None:
    _, shop, cart = chain(session, owner, "Router", "Shop", "Cart")
    monitors.delete(session, owner, shop.public_id, now=at(1))
    assert session.scalar(select(func.count()).select_from(MonitorParent)) == 0
    assert parents_of(session, cart) == []


def held(session: Session, monitor: Monitor) -> Incident:
    incident = make.incident(session, monitor, started_at=at(0))
    incident.suppressed_by, incident.next_at = Suppression.PARENT, at(30)
    session.flush()
    return incident


def test_children_are_woken_and_looked_at_when_their_parent_is_back(
    session: Session, owner: int
) -> None:
    router, shop, cart = chain(session, owner, "Router", "Shop", "Cart")
    ours, next_but_one = held(session, shop), held(session, cart)
    dependencies.wake_children(session, router.id, now=at(5))
    session.expire_all()
    assert (ours.next_at, next_but_one.next_at) == (at(5), at(30))
    assert session.scalars(select(Recheck.monitor_id)).all() == [shop.id]


@pytest.mark.committed
def test_a_child_that_somebody_else_works_on_is_not_waited_for(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        router, shop = chain(session, organization(session).id, "Router", "Shop")
        incident_id = held(session, shop).id
    with Session(committed) as one, Session(committed) as other, one.begin(), other.begin():
        one.get_one(Incident, incident_id, with_for_update=True)
        dependencies.wake_children(other, router.id, now=at(5))
        assert other.get_one(Incident, incident_id).next_at == at(30)


@pytest.mark.committed
def test_two_changes_at_once_close_no_circle(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        owner = organization(session).id
        one, other = (make.monitor(session, owner, now=at(0), name=name) for name in "ab")
    ready = threading.Barrier(2)

    def link(pair: tuple[Monitor, Monitor]) -> bool:
        with Session(committed) as session, session.begin():
            ready.wait(timeout=30)
            depend(session, *pair)
        return True

    def attempt(pair: tuple[Monitor, Monitor]) -> bool:
        try:
            return link(pair)
        except Invalid:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, [(one, other), (other, one)])) == [False, True]
    with Session(committed) as session:
        assert session.scalar(select(func.count()).select_from(MonitorParent)) == 1
