"""Reports, exports and the page of the operator."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from pyrage import x25519
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from models import Export, Monitor, Organization
from server.resources import provide
from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import PASSWORD
from tests.factories import monitors as make
from tests.web.reader import Reader


def _outage(session: Session, ada: Reader, name: str, minutes: int) -> None:
    """Let something be watched since three days, and have been down for some minutes."""
    organization = session.scalars(
        select(Organization).filter_by(public_id=ada.api.read("me")["organization"]["id"])
    ).one()
    now = datetime.now(UTC)
    monitor = make.monitor(session, organization.id, now=now - timedelta(days=3), name=name)
    incident = make.incident(session, monitor, started_at=now - timedelta(hours=5))
    make.end(incident, at=incident.started_at + timedelta(minutes=minutes))
    session.flush()


def test_a_report_names_what_was_down_most(ada: Reader, session: Session) -> None:
    for name, minutes in {"Shop": 30, "Blog": 10}.items():
        _outage(session, ada, name, minutes)
    seen = ada.get("/reports")
    rows = [row.get_text(" ") for row in seen.select("tr[id^=worst-]")]
    assert [each.split()[0] for each in rows] == ["Shop", "Blog"]
    assert "30 min" in rows[0]


def test_a_period_is_chosen_by_its_ends(ada: Reader) -> None:
    ada.api.make_monitor(name="Shop")
    assert (
        "compared with the period before"
        in ada.get("/reports", **{"from": "2026-11-01T00:00"}).text
    )
    for wrong in ("nothing", "2999-01-01T00:00", "1999-01-01T00:00"):
        seen = ada.get("/reports", **{"from": wrong})
        assert seen.status == 200
        assert len(seen.select(".n-danger")) == 1


def test_a_new_organization_is_told_what_a_report_will_say(ada: Reader) -> None:
    assert "Nothing is watched yet" in ada.get("/reports").text


def test_an_export_is_requested_and_shows_its_progress(ada: Reader) -> None:
    key = str(x25519.Identity.generate().to_public())
    page = ada.get("/reports/exports/new")
    seen = ada.fill(page, "/reports/exports/new", recipient="age", age_key=key, format="csv")
    assert "The export is running." in seen.text
    assert seen.select("progress, [role=progressbar], meter")
    assert "Waiting" in ada.get("/reports/exports").text
    gone = ada.post(seen.path.partition("?")[0] + "/delete")
    assert "The export was cancelled" in gone.text


def test_an_export_can_be_of_some_monitors_that_a_search_finds(
    ada: Reader, session: Session
) -> None:
    ids = {name: ada.api.make_monitor(name=name)["id"] for name in ("Shop", "Blog")}
    key = str(x25519.Identity.generate().to_public())
    path = "/reports/exports/new"
    found = ada.fill(ada.get(path), path, age_key=key, q="blog", do="find")
    assert [str(each["value"]) for each in found.select('[name="monitor_ids"]')] == [ids["Blog"]]
    assert found.form(path)["age_key"] == [key]
    assert session.scalars(select(Export)).all() == []
    seen = ada.fill(found, path, monitor_ids=ids["Blog"])
    assert "The export is running." in seen.text
    blog = session.scalars(select(Monitor).filter_by(public_id=ids["Blog"])).one()
    assert session.scalars(select(Export)).one().monitor_ids == [blog.id]


@pytest.mark.parametrize("wrong", ["all", "7f9c2ba4-e88f-427d-a160-4550a1b2c3d4"])
def test_an_export_of_a_strange_monitor_is_not_one_of_all(
    ada: Reader, session: Session, wrong: str
) -> None:
    key = str(x25519.Identity.generate().to_public())
    path = "/reports/exports/new"
    seen = ada.fill(ada.get(path), path, age_key=key, monitor_ids=wrong)
    assert (seen.status, len(seen.errors)) == (422, 1)
    assert session.scalars(select(Export)).all() == []


def test_the_report_of_a_monitor_compares_its_figures_with_the_period_before(
    ada: Reader, session: Session
) -> None:
    _outage(session, ada, "Shop", 30)
    monitor = session.scalars(select(Monitor)).one()
    slot = int((datetime.now(UTC) - timedelta(hours=2)).timestamp())
    for second in range(4):
        make.check(session, monitor, slot + second, total_us=300_000 * (second + 1))
    session.commit()
    path = ada.get(f"/monitors/{monitor.public_id}").link("Report of this monitor")
    seen = ada.get(path, range="24h")
    for words in ("97.91 %", "30 min", "against the period before", "Apdex 0.62"):
        assert words in seen.text.replace("\N{NO-BREAK SPACE}", " ")
    strict = ada.get(path, range="24h", threshold="300")
    assert "Satisfied: within 300 ms 1" in strict.text
    wrong = ada.get(path, range="24h", threshold="0")
    assert (wrong.status, len(wrong.select(".n-danger"))) == (200, 1)


def test_the_report_of_a_heartbeat_has_no_apdex(ada: Reader) -> None:
    job = ada.api.make("monitors", name="Job", kind="heartbeat", settings={"period_seconds": 60})
    seen = ada.get(f"/reports/monitors/{job['id']}")
    assert (seen.status, seen.title) == (200, "Job")
    assert "Apdex" not in seen.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("document", "all"), ("format", "exe"), ("recipient", ""), ("age_key", "age1nothing")],
)
def test_an_export_that_cannot_be_made_is_told_at_its_field(
    ada: Reader, field: str, value: str
) -> None:
    page = ada.get("/reports/exports/new")
    seen = ada.fill(page, "/reports/exports/new", **{field: value})
    assert seen.status == 422
    assert seen.errors


def test_an_unfinished_export_has_no_links(ada: Reader) -> None:
    key = str(x25519.Identity.generate().to_public())
    page = ada.get("/reports/exports/new")
    path = ada.fill(page, "/reports/exports/new", recipient="age", age_key=key).path
    assert ada.post(path.partition("?")[0] + "/links").status == 409


@pytest.fixture
def in_production(app: Flask, settings: Settings) -> Flask:
    """Let the application be that of an installation whose operator is Ada."""
    values = {"environment": "production", "operators": ("ada@example.test",)}
    resources = app.extensions["downtime"]
    changed = {name: getattr(resources, name) for name in resources.__slots__}
    provide(app, type(resources)(**changed | {"settings": settings.model_copy(update=values)}))
    return app


def _with_second_factor(reader: Reader) -> Reader:
    email = reader.api.read("me")["user"]["email"]
    _, codes = switch_on(reader.api)
    asked = reader.post("/login", email=email, password=PASSWORD)
    reader.fill(asked, "/login/code", code=codes[0])
    return reader


def test_the_operator_sees_the_health_of_every_part(in_production: Flask) -> None:
    seen = _with_second_factor(Reader(in_production).register()).get("/operator")
    assert seen.title == "Operator"
    assert "q.dispatch" in seen.text
    assert "Database" in seen.text


def test_others_find_no_such_page(in_production: Flask) -> None:
    eve = _with_second_factor(Reader(in_production).register("eve@example.test"))
    assert eve.get("/operator").status == 404
    assert "/operator" not in str(eve.get("/settings").html)


def test_an_operator_without_a_second_factor_finds_none_either(in_production: Flask) -> None:
    assert Reader(in_production).register().get("/operator").status == 404
