"""The demo organization, made once and never forced upon anybody."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.demo import EMAIL
from config.settings import load
from devstack import demo
from models import Channel, Monitor, MonitorContactGroup, Organization
from services.accounts import accounts
from services.contacts.limits import ContactLimits
from services.monitors import monitors
from services.monitors.values import MonitorValues

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URLS = {"This API": "http://127.0.0.1:8000/healthz", "Demo site": "http://127.0.0.1:8081"}
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNTIME_EGRESS_POLICY", "any")


def ensure(session: Session, urls: dict[str, str] = URLS) -> None:
    demo.ensure(session, urls, password=PASSWORD, now=NOW)
    session.flush()


def watched(session: Session) -> dict[str, str]:
    return {each.name: each.url for each in session.scalars(select(Monitor))}


def test_an_empty_database_gets_the_demo(session: Session) -> None:
    ensure(session)
    assert set(watched(session)) == set(URLS)
    kinds = session.scalars(select(Channel.kind).order_by(Channel.kind)).all()
    assert kinds == ["email", "sms"]
    assert session.scalar(select(func.count()).select_from(MonitorContactGroup)) == 2


def test_its_login_works(session: Session) -> None:
    ensure(session)
    registered = accounts.login(session, email=EMAIL, password=PASSWORD)
    assert registered.organization.name == "Demo"


def test_a_second_start_changes_nothing(session: Session) -> None:
    ensure(session)
    before = watched(session)
    ensure(session)
    assert watched(session) == before
    assert session.scalar(select(func.count()).select_from(Organization)) == 1


def test_a_site_that_moved_to_another_port_is_followed(session: Session) -> None:
    ensure(session)
    moved = {**URLS, "Demo site": "http://127.0.0.1:9999"}
    ensure(session, moved)
    assert watched(session)["Demo site"].startswith("http://127.0.0.1:9999")


def test_a_monitor_that_was_deleted_stays_deleted(session: Session) -> None:
    ensure(session)
    for monitor in session.scalars(select(Monitor)):
        monitor.deleted_at = NOW
    ensure(session, {name: f"{url}/new" for name, url in URLS.items()})
    assert session.scalar(select(func.count()).where(Monitor.deleted_at.is_(None))) == 0
    assert not any(url.endswith("/new") for url in watched(session).values())


def test_a_database_that_is_in_use_gets_no_demo(session: Session) -> None:
    accounts.register(
        session, email="ann@example.com", password=PASSWORD, organization_name="Shop", now=NOW
    )
    ensure(session)
    assert watched(session) == {}


def test_monitors_of_others_with_the_same_name_are_left_alone(session: Session) -> None:
    ensure(session)
    other = accounts.register(
        session, email="ann@example.com", password=PASSWORD, organization_name="Shop", now=NOW
    )
    ring = ContactLimits.from_settings(load()).ring
    theirs = MonitorValues(name="Demo site", url="http://shop.example.com/")
    monitors.create(session, other.organization.id, theirs, ring=ring, now=NOW)
    ensure(session, {name: f"{url}/new" for name, url in URLS.items()})
    query = select(Monitor.url).where(Monitor.organization_id == other.organization.id)
    assert session.scalars(query).all() == [theirs.url]
