"""The demo is made once, in an empty database, and follows its servers to other ports."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.demo import EMAIL
from config.settings import load
from devstack.demo import creation
from devstack.demo.addresses import FLAPPING
from models import Monitor, Organization
from models.session import act_for_nobody
from services.accounts import accounts
from services.contacts.limits import ContactLimits
from services.monitors import monitors
from services.monitors.values import MonitorValues
from tests.devstack.demo.made import PASSWORD, URLS, ensure

JOBS = {"nightly-backup", "invoice-export"}
MOVED = {name: f"{url}/new" for name, url in URLS.items() if url.startswith("http")}


def watched(session: Session) -> dict[str, str]:
    return {each.name: each.url for each in session.scalars(select(Monitor))}


def test_an_empty_database_gets_the_demo(session: Session) -> None:
    ensure(session)
    assert set(watched(session)) == {*URLS, *JOBS}


def test_a_server_that_is_not_here_is_not_monitored(session: Session) -> None:
    ensure(session, {FLAPPING: "http://127.0.0.1:8081"})
    assert set(watched(session)) == {FLAPPING, *JOBS}


def test_its_login_works(session: Session) -> None:
    ensure(session)
    act_for_nobody(session)
    registered = accounts.login(session, email=EMAIL, password=PASSWORD)
    assert registered.organization.name == "Demo shop"


def test_a_second_start_changes_nothing(session: Session) -> None:
    ensure(session)
    before = watched(session)
    ensure(session)
    assert watched(session) == before
    assert session.scalar(select(func.count()).select_from(Organization)) == 1


def test_a_site_that_moved_to_another_port_is_followed(session: Session) -> None:
    ensure(session)
    ensure(session, {**URLS, FLAPPING: "http://127.0.0.1:9999"})
    assert watched(session)[FLAPPING].startswith("http://127.0.0.1:9999")


def test_a_monitor_that_was_deleted_stays_deleted(session: Session) -> None:
    ensure(session)
    for monitor in session.scalars(select(Monitor)):
        monitor.deleted_at = datetime.now(UTC)
    ensure(session, MOVED)
    assert session.scalar(select(func.count()).where(Monitor.deleted_at.is_(None))) == 0
    assert not any(url.endswith("/new") for url in watched(session).values())


def test_a_database_that_is_in_use_gets_no_demo(session: Session) -> None:
    _register_another(session)
    ensure(session)
    assert watched(session) == {}


def test_monitors_of_others_with_the_same_name_are_left_alone(session: Session) -> None:
    ensure(session)
    other = _register_another(session)
    ring = ContactLimits.from_settings(load()).ring
    theirs = MonitorValues(name=FLAPPING, url="http://shop.example.com/")
    monitors.create(session, other, theirs, ring=ring, now=datetime.now(UTC))
    ensure(session, MOVED)
    query = select(Monitor.url).where(Monitor.organization_id == other)
    assert session.scalars(query).all() == [theirs.url]


def _register_another(session: Session) -> int:
    return accounts.register(
        session,
        email="ann@example.com",
        password=PASSWORD,
        organization_name="Shop",
        now=datetime.now(UTC),
    ).organization.id


@pytest.mark.parametrize("name", ["Mail relay", "Office VPN"])
def test_addresses_follow_in_every_kind(session: Session, name: str) -> None:
    ensure(session)
    there = URLS[name].rpartition(":")[0]
    creation.ensure(session, {name: f"{there}:4444"}, password=PASSWORD, now=datetime.now(UTC))
    assert watched(session)[name] == f"{there}:4444"
