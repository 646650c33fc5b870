"""The page of one monitor."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.state import State
from models import Expiry, Monitor, MonitorState
from models.session import database_now
from tests.factories import monitors as make
from tests.factories.slos import slo
from tests.web import outages
from tests.web.reader import Reader, Seen
from tests.web.routes.monitors.conftest import Watched

SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


def path(monitor: Monitor) -> str:
    return f"/monitors/{monitor.public_id}"


def fact(seen: Seen, section: str, name: str) -> str:
    """Return what a list of definitions says."""
    for each in seen.select(f"#{section} .defs div"):
        if each.find("dt").get_text() == name:  # type: ignore[union-attr]
            return " ".join(each.find("dd").get_text(" ").split())  # type: ignore[union-attr]
    raise AssertionError(f"no {name} in {section}")


def test_the_head_says_what_is_watched_its_state_and_the_next_check(
    ada: Reader, watched: Watched
) -> None:
    seen = ada.get(path(watched()))
    assert seen.title == "Shop"
    assert "GET https://shop.test/ · every 1 min" in seen.text
    assert "Up" in seen.one(".kick").get_text()
    assert "next check at" in seen.one(".kick").get_text()


def test_a_new_monitor_says_when_it_is_checked_first(ada: Reader) -> None:
    made = ada.api.make_monitor()
    seen = ada.get(f"/monitors/{made['id']}")
    assert "First check at" in seen.text


def test_an_outage_is_told_in_words_with_its_incident(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    monitor = session.get_one(Monitor, incident.monitor_id)
    seen = ada.get(path(monitor))
    cause = seen.one("section.cause")
    assert "Unexpected status: Answered 500." in cause.get_text()
    assert seen.link("Outage since") == f"/incidents/{incident.public_id}"
    assert "ongoing" in seen.one("#outages").get_text()


def test_seconds_add_up_over_the_chosen_range(
    ada: Reader, session: Session, watched: Watched
) -> None:
    monitor = watched()
    now = database_now(session)
    make.incident(
        session,
        monitor,
        started_at=now - timedelta(hours=30),
        ended_at=now - timedelta(hours=29, minutes=30),
    )
    session.commit()
    day, week = ada.get(path(monitor)), ada.get(path(monitor), range="7d")
    assert (fact(day, "time", "Down"), fact(day, "time", "Total")) == ("0 s", "1 d")
    assert (fact(week, "time", "Down"), fact(week, "time", "Up")) == ("30 min", "1 d 23 h")
    assert fact(week, "time", "Total") == "2 d"


def test_a_chosen_day_lists_its_outages(ada: Reader, session: Session, watched: Watched) -> None:
    monitor = watched()
    now = database_now(session)
    began = now - timedelta(hours=30)
    incident = make.incident(session, monitor, started_at=began, ended_at=began)
    session.commit()
    seen = ada.get(path(monitor), day=began.date().isoformat())
    assert str(incident.public_id) in str(seen.one("#outages"))
    other = ada.get(path(monitor), day=(now - timedelta(days=20)).date().isoformat())
    assert "No outage in this period." in other.one("#outages").get_text()


def test_a_custom_range_is_whole_days_and_a_bad_one_is_refused_in_words(
    ada: Reader, session: Session, watched: Watched
) -> None:
    monitor = watched()
    today: datetime = database_now(session)
    yesterday = (today - timedelta(days=1)).date().isoformat()
    custom = {"range": "custom", "from": yesterday, "to": yesterday}
    assert fact(ada.get(path(monitor), **custom), "time", "Total") == "1 d"
    odd = ada.get(path(monitor), range="custom")
    assert "Give the first and the last day." in odd.text
    backwards = {**custom, "to": "2020-01-01"}
    assert "Must be before the end" in ada.get(path(monitor), **backwards).text


def test_latency_is_a_chart_with_its_numbers(
    ada: Reader, session: Session, watched: Watched
) -> None:
    monitor = watched()
    slot = int(database_now(session).timestamp()) - 7200
    for second in range(3):
        make.check(session, monitor, slot + second, total_us=181_000)
    session.commit()
    seen = ada.get(path(monitor))
    assert "181 ms" in seen.select("#latency table")[0].get_text()
    assert seen.select("latency-chart")


def test_it_says_who_would_be_notified_and_the_last_message(ada: Reader, session: Session) -> None:
    group = outages.bob(session, ada)
    incident = outages.begin(session, ada, contact_group_ids=[group])
    seen = ada.get(path(session.get_one(Monitor, incident.monitor_id)))
    assert fact(seen, "who", "At once") == "Bob (Email)"
    assert "Last message: Down, Email , Waiting" in seen.text


def test_if_nobody_would_be_notified_it_says_so(ada: Reader, watched: Watched) -> None:
    assert "Nobody would be notified of an outage." in ada.get(path(watched())).text


def test_expiries_the_objective_and_the_regions_are_shown(
    ada: Reader, session: Session, watched: Watched
) -> None:
    monitor = watched()
    slo(session, monitor)
    now = database_now(session)
    session.add(
        Expiry(
            monitor_id=monitor.id,
            organization_id=monitor.organization_id,
            subject="certificate",
            expires_at=now + timedelta(days=61),
            seen_at=now,
            identity="ab" * 32,
        )
    )
    session.commit()
    seen = ada.get(path(monitor))
    assert "in 60 d 23 h" in fact(seen, "expiries", "Certificate")
    assert "99.9 % up over 30 days" in seen.text
    assert "0 s of 43 min 12 s used" in seen.one("#slo").get_text()


def test_of_a_credential_only_its_name_and_scheme_are_shown(
    ada: Reader, vic: Reader, watched: Watched
) -> None:
    fields = {"token": "t-0123456789"}
    made = ada.api.make("credentials", name="Shop key", scheme="bearer", fields=fields)
    monitor = watched(credential_ids=[made["id"]])
    seen = ada.get(path(monitor))
    assert fact(seen, "configuration", "Shop key") == "Bearer token: secret set"
    assert "t-0123456789" not in str(seen.html)
    assert fact(vic.get(path(monitor)), "configuration", "Credentials") == "1 credential is set"


def test_a_heartbeat_shows_its_ping_address_to_those_who_may_change_it(
    ada: Reader, vic: Reader
) -> None:
    settings = {"cron": "30 3 * * *", "time_zone": "Europe/Berlin"}
    made = ada.api.make("monitors", name="Backup", kind="heartbeat", settings=settings)
    seen = ada.get(f"/monitors/{made['id']}")
    url = made["heartbeat"]["ping_url"]
    assert url in seen.text
    for words in ("curl -fsS --retry 5", "30 3 * * * ./backup.sh", "ExecStopPost", "Invoke-Rest"):
        assert words in seen.text
    assert "No ping has arrived yet." in seen.text
    assert url not in str(vic.get(f"/monitors/{made['id']}").html)


def test_what_others_wrote_is_inert(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada, SCRIPT, tags=["<script>alert(2)</script>"])
    incident.detail = SCRIPT
    session.commit()
    seen = ada.get(path(session.get_one(Monitor, incident.monitor_id)))
    assert not seen.select("main script, main img")
    assert SCRIPT in seen.title


@pytest.mark.parametrize("range_", ["24h", "7d", "30d", "90d"])
def test_a_paused_monitor_with_an_unknown_past_is_shown_too(ada: Reader, range_: str) -> None:
    made = ada.api.make_monitor(paused=True)
    seen = ada.get(f"/monitors/{made['id']}", range=range_)
    assert "This monitor is paused." in seen.text
    assert fact(seen, "time", "Total") == "0 s"


def test_a_member_who_may_only_look_gets_no_buttons(vic: Reader, watched: Watched) -> None:
    seen = vic.get(path(watched()))
    assert not seen.select("main form[method=post], main a[href$='/edit']")


def test_a_stranger_finds_nothing(eve: Reader, watched: Watched) -> None:
    assert eve.get(path(watched())).status == 404


def test_unknown_is_said_to_be_ours(ada: Reader, session: Session, watched: Watched) -> None:
    monitor = watched()
    session.scalars(
        select(MonitorState).filter_by(monitor_id=monitor.id)
    ).one().state = State.UNKNOWN
    session.commit()
    assert "the state of the target is unknown." in ada.get(path(monitor)).text
