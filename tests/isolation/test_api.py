"""The API works with the rights of its role, also where it is not known yet who asks."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select

from domain.alerting.alert import AlertEvent
from models import Channel, Delivery, Organization
from security.links import Purpose, Subject
from services.contacts.opt_in import DAILY_BY_ADDRESS
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.isolation.acting import As
from tests.isolation.conftest import Two


def test_people_come_in_renew_and_leave(app: Flask, two: Two) -> None:
    anybody = ApiClient(app)
    login = {"email": "ada@example.test", "password": PASSWORD}
    client = ApiClient(app).use(anybody.post("auth/login", login))
    assert client.get("me").status_code == 200
    again = anybody.post("auth/refresh", {"refresh_token": client.refresh_token})
    assert again.status_code == 200
    assert anybody.post("auth/refresh", {"refresh_token": client.refresh_token}).status_code == 401
    left = anybody.post("auth/logout", {"refresh_token": two.theirs.refresh_token})
    assert left.status_code == 204
    stale = {"refresh_token": two.theirs.refresh_token}
    assert anybody.post("auth/refresh", stale).status_code == 401


def test_invariant_6_a_stranger_finds_nothing(two: Two) -> None:
    monitor = two.mine.make_monitor(name="Mine")
    assert two.mine.read(f"monitors/{monitor['id']}")["name"] == "Mine"
    assert two.theirs.get(f"monitors/{monitor['id']}").status_code == 404
    assert two.theirs.read("monitors")["items"] == []
    assert two.theirs.delete(f"monitors/{monitor['id']}").status_code == 404
    assert two.mine.patch(f"monitors/{monitor['id']}", {"paused": True}).status_code == 200


def test_a_ping_is_taken_by_its_token_alone(app: Flask, two: Two) -> None:
    settings = {"period_seconds": 3600}
    job = two.mine.make("monitors", name="Backup", kind="heartbeat", settings=settings)
    token = job["heartbeat"]["ping_url"].rsplit("/", 1)[-1]
    anybody = ApiClient(app)
    assert anybody.post(f"/ping/{token}").status_code == 200
    assert anybody.post(f"/ping/{'a' * 32}").status_code == 404
    assert two.mine.post(f"monitors/{job['id']}/ping-url/rotate", {}).status_code == 200
    assert anybody.post(f"/ping/{token}").status_code == 200
    assert len(two.mine.read(f"monitors/{job['id']}/pings")["items"]) == 2
    assert two.theirs.get(f"monitors/{job['id']}/pings").status_code == 404


def test_a_link_of_a_message_works_without_a_login(app: Flask, two: Two, acting: As) -> None:
    email = [{"kind": "email", "address": "eve@elsewhere.test"}]
    two.mine.make("contacts", name="Eve", channels=email)
    with acting("downtime_housekeeping") as session:
        channel = session.scalars(select(Channel)).one()
        organization = session.get_one(Organization, channel.organization_id)
        subject = Subject(organization_id=organization.public_id, id=channel.public_id)
    links = app.extensions["downtime"].links
    link = urlsplit(links.make(Purpose.CONFIRM, subject, now=datetime.now(UTC))).path
    assert ApiClient(app).post(link).status_code == 200
    with acting("downtime_housekeeping") as session:
        assert session.scalars(select(Channel)).one().confirmed_at is not None


def test_how_often_an_address_is_asked_counts_all_organizations(two: Two, acting: As) -> None:
    now = datetime.now(UTC)
    with acting("downtime_housekeeping") as session:
        theirs = session.scalars(select(Organization.id).order_by(Organization.id.desc())).first()
        asked = {"kind": "email", "address": "victim@elsewhere.test", "event": AlertEvent.CONFIRM}
        session.add_all(
            Delivery(
                organization_id=theirs,
                dedup_key=f"channel/{number}/confirm",
                created_at=now,
                next_attempt_at=now,
                **asked,
            )
            for number in range(DAILY_BY_ADDRESS)
        )
    email = [{"kind": "email", "address": "Victim@elsewhere.test"}]
    contact = two.mine.make("contacts", name="Victim", channels=email)
    assert contact["channels"][0]["confirmation_sent_at"] is None


def test_the_figures_are_those_of_all_organizations(app: Flask, two: Two) -> None:
    two.mine.make_monitor(name="Mine")
    two.theirs.make_monitor(name="Theirs")
    lines = ApiClient(app).get("/metrics").text.splitlines()
    assert 'downtime_monitors{state="pending"} 2.0' in lines
    parts = ApiClient(app).get("/readyz")
    assert "database" not in body_of(parts).get("errors", {})
