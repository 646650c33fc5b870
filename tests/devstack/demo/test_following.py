"""A demo that exists is left as it is, but for servers that moved to another port."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from config.demo import EMAIL
from config.settings import load
from devstack.demo.addresses import FLAPPING
from models import Monitor, Organization
from services.accounts import accounts
from services.contacts.limits import ContactLimits
from services.monitors import monitors
from services.monitors.values import MonitorValues
from tests.devstack.demo.made import PASSWORD, URLS, ensure

MOVED = {name: f"{url}/new" for name, url in URLS.items() if url.startswith("http")}


@pytest.fixture
def connection(shop: Connection) -> Iterator[Connection]:
    with shop.begin_nested() as savepoint:
        yield shop
        savepoint.rollback()


def watched(session: Session) -> dict[str, str]:
    return {each.name: each.url for each in session.scalars(select(Monitor))}


def test_its_login_works(session: Session) -> None:
    registered = accounts.login(session, email=EMAIL, password=PASSWORD)
    assert registered.organization.name == "Demo shop"


def test_a_second_start_changes_nothing(session: Session) -> None:
    before = watched(session)
    ensure(session)
    assert watched(session) == before
    assert session.scalar(select(func.count()).select_from(Organization)) == 1


def test_a_site_that_moved_to_another_port_is_followed(session: Session) -> None:
    ensure(session, {**URLS, FLAPPING: "http://127.0.0.1:9999"})
    assert watched(session)[FLAPPING].startswith("http://127.0.0.1:9999")


@pytest.mark.parametrize("name", ["Mail relay", "Office VPN", "Product search"])
def test_a_monitor_of_any_kind_and_state_follows(session: Session, name: str) -> None:
    url = URLS[name].replace(":8081", ":4444").replace(":1025", ":4444")
    ensure(session, {name: url})
    assert watched(session)[name] == url


def test_a_monitor_that_was_deleted_stays_deleted(session: Session) -> None:
    for monitor in session.scalars(select(Monitor)):
        monitor.deleted_at = datetime.now(UTC)
    ensure(session, MOVED)
    assert session.scalar(select(func.count()).where(Monitor.deleted_at.is_(None))) == 0
    assert not any(url.endswith("/new") for url in watched(session).values())


def test_monitors_of_others_with_the_same_name_are_left_alone(session: Session) -> None:
    now = datetime.now(UTC)
    other = accounts.register(
        session, email="ann@example.com", password=PASSWORD, organization_name="Shop", now=now
    ).organization.id
    ring = ContactLimits.from_settings(load()).ring
    theirs = MonitorValues(name=FLAPPING, url="http://shop.example.com/")
    monitors.create(session, other, theirs, ring=ring, now=now)
    ensure(session, MOVED)
    query = select(Monitor.url).where(Monitor.organization_id == other)
    assert session.scalars(query).all() == [theirs.url]
