"""The page of one incident: what it shows, and what its reader decides."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import CheckFailure, DeliveryAttempt, Incident, Monitor
from models.session import database_now
from services.operations import partitions
from services.outbox import history as delivery_history
from tests.api.machines.callers import join
from tests.factories import monitors as make
from tests.web import outages
from tests.web.reader import Reader, Seen

SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


def path(incident: Incident) -> str:
    return f"/incidents/{incident.public_id}"


@pytest.fixture
def vic(ada: Reader, app: Flask) -> Reader:
    """Make a member of Ada's organization who may only look."""
    join(ada.api, app, "vic", "viewer")
    return Reader(app).log_in("vic@example.test")


def test_the_page_says_what_is_wrong_since_when_and_who_was_notified(
    ada: Reader, session: Session
) -> None:
    group = outages.bob(session, ada)
    incident = outages.begin(session, ada, contact_group_ids=[group])
    seen = ada.get(path(incident))
    assert seen.title == "Shop"
    for words in ("Unexpected status", "Answered 500.", "12 min", "Notified: Bob"):
        assert words in seen.text
    assert "Down: Email to bob@example.test Waiting" in seen.text
    assert "Nobody has acknowledged it yet." in seen.text


def test_each_attempt_of_a_message_is_shown_with_its_answer(ada: Reader, session: Session) -> None:
    group = outages.bob(session, ada)
    incident = outages.begin(session, ada, contact_group_ids=[group])
    (view,) = delivery_history.of_incident(session, incident)
    now = database_now(session)
    session.add(
        DeliveryAttempt(
            delivery_id=view.delivery.id,
            attempt=1,
            organization_id=incident.organization_id,
            began_at=now,
            ended_at=now,
            accepted=False,
            answer="451 4.7.1 Try later",
        )
    )
    session.commit()
    assert "Attempt 1: 451 4.7.1 Try later" in ada.get(path(incident)).text


def test_the_answer_that_failed_is_the_evidence(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    partitions.ensure(session, now=incident.started_at)
    slot = int(incident.started_at.timestamp())
    incident.started_at = make.at(slot)
    monitor = session.get_one(Monitor, incident.monitor_id)
    down = {"cause": Cause.STATUS, "http_status": 500}
    make.check(session, monitor, slot, Outcome.DOWN, detail="Answered 500.", **down)
    failure = session.scalars(select(CheckFailure)).one()
    failure.evidence = {"headers": [["Server", "nginx"]], "body": SCRIPT, "truncated": True}
    session.commit()
    seen = ada.get(path(incident))
    assert "Server: nginx" in seen.one("#evidence").get_text()
    assert SCRIPT in seen.one("#evidence").get_text()
    assert "Check from default: Unexpected status Answered 500." in seen.text
    assert not seen.select("main script")


def test_whoever_acknowledges_is_named_with_the_note(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    page = ada.get(path(incident))
    seen = ada.fill(page, f"{path(incident)}/acknowledge", note="It is the disk.")
    assert "You acknowledged the incident." in seen.text
    assert "ada@example.test has been handling it" in seen.text
    assert "ada@example.test acknowledged it It is the disk." in seen.text
    assert not seen.select("button[data-key=a]")


def test_an_acknowledgement_from_a_list_leads_back_to_it(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    seen = ada.fill(ada.get("/incidents"), f"{path(incident)}/acknowledge")
    assert seen.path.startswith("/incidents?notice=")


def test_a_second_press_is_harmless(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    for _ in range(2):
        assert ada.post(f"{path(incident)}/acknowledge").status == 200
    assert ada.get(path(incident)).text.count("acknowledged it") == 1


def test_a_note_that_came_second_is_shown_and_not_lost(
    ada: Reader, session: Session, app: Flask
) -> None:
    incident = outages.begin(session, ada)
    join(ada.api, app, "bea", "operator")
    ada.post(f"{path(incident)}/acknowledge")
    bea = Reader(app).log_in("bea@example.test")
    seen = bea.post(f"{path(incident)}/acknowledge", note="It is the disk.")
    assert seen.status == 409
    assert seen.errors == ["ada@example.test acknowledged it first."]
    assert "Your note was not sent: It is the disk." in seen.text


def test_an_acknowledgement_can_be_taken_back(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    ada.post(f"{path(incident)}/acknowledge")
    seen = ada.post(f"{path(incident)}/withdraw")
    assert "Nobody has acknowledged it yet." in seen.text
    assert "ada@example.test took it back" in seen.text


@pytest.mark.parametrize("minutes", [15, 60, 240])
def test_an_incident_is_snoozed_for_a_length(ada: Reader, session: Session, minutes: int) -> None:
    incident = outages.begin(session, ada)
    seen = ada.post(f"{path(incident)}/snooze", minutes=str(minutes), note="Asleep.")
    assert "Snoozed until" in seen.text
    shown = ada.api.read(f"incidents/{incident.public_id}")
    (note,) = [each for each in shown["timeline"] if each["kind"] == "snoozed"]
    assert note["note"] == "Asleep."
    session.refresh(incident)
    assert incident.snoozed_until is not None
    left = incident.snoozed_until - database_now(session)
    assert timedelta(0) <= timedelta(minutes=minutes) - left < timedelta(minutes=1)


def test_a_snooze_ends_at_a_time_of_the_readers_clock(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    ada.post("/preferences", zone="Pacific/Auckland")
    until = database_now(session) + timedelta(days=2)
    typed = (until + timedelta(hours=13)).strftime("%Y-%m-%dT%H:%M")
    ada.post(f"{path(incident)}/snooze", until=typed)
    session.refresh(incident)
    assert incident.snoozed_until is not None
    assert abs(incident.snoozed_until - until) <= timedelta(hours=1)


@pytest.mark.parametrize("until", ["", "tomorrow", "2020-01-01T00:00", "9999-12-31T23:59"])
def test_a_snooze_until_no_time_ahead_is_refused_and_the_note_stays(
    ada: Reader, session: Session, until: str
) -> None:
    incident = outages.begin(session, ada)
    seen = ada.post(f"{path(incident)}/snooze", until=until, note="Asleep.")
    assert seen.status == 422
    assert len(seen.errors) == 1
    assert seen.one("#f-note")["value"] == "Asleep."


def test_a_note_that_is_too_long_is_refused(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    seen = ada.post(f"{path(incident)}/acknowledge", note="a" * 1001)
    assert (seen.status, seen.errors) == (422, ["Note: May have at most 1000 characters."])


def test_what_is_over_says_so_and_takes_nothing_but_notes(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    outages.end(session, incident)
    seen = ada.get(path(incident))
    assert "Recovered" in seen.text
    assert [each["action"] for each in seen.select("main form")] == [f"{path(incident)}/note"]
    refused = ada.post(f"{path(incident)}/acknowledge", note="Late.")
    assert (refused.status, refused.errors) == (409, ["This incident has ended."])
    assert refused.one("#f-note")["value"] == "Late."
    noted = ada.fill(refused, f"{path(incident)}/note")
    assert "ada@example.test wrote a note Late." in noted.text


def test_a_note_is_added_without_an_acknowledgement(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    page = ada.get(path(incident))
    button = page.one(f'button[formaction="{path(incident)}/note"]')
    seen = ada.post(str(button["formaction"]), note="The provider knows.")
    assert "Your note is on the timeline." in seen.text
    assert "ada@example.test wrote a note The provider knows." in seen.text
    assert "Nobody has acknowledged it yet." in seen.text
    assert seen.one("#f-note")["value"] == ""


def test_an_empty_note_is_refused_at_its_field(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    seen = ada.post(f"{path(incident)}/note", note=" ")
    assert (seen.status, seen.errors) == (422, ["Note: Must have between 1 and 1000 characters."])


def test_parents_and_children_that_are_down_at_the_time_are_linked(
    ada: Reader, session: Session
) -> None:
    parent = outages.begin(session, ada, "Router")
    ids = {each["name"]: each["id"] for each in ada.api.read("monitors")["items"]}
    child = outages.begin(session, ada, "Shop", parent_ids=[ids["Router"]])
    assert ada.get(path(child)).link("Router") == path(parent)
    assert ada.get(path(parent)).link("Shop") == path(child)


def test_a_viewer_sees_it_and_is_offered_nothing(
    vic: Reader, ada: Reader, session: Session
) -> None:
    incident = outages.begin(session, ada)
    seen = vic.get(path(incident))
    assert "Answered 500." in seen.text
    assert not seen.select("main form")
    for act in ("acknowledge", "withdraw", "snooze", "note"):
        assert vic.post(f"{path(incident)}/{act}", minutes="15").status == 403


def test_a_stranger_finds_nothing(ada: Reader, eve: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    assert eve.get(path(incident)).status == 404
    for act in ("acknowledge", "withdraw", "snooze", "note"):
        assert eve.post(f"{path(incident)}/{act}", minutes="15").status == 404


@pytest.mark.abuse(68)
def test_markup_of_others_is_text(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada, SCRIPT)
    incident.detail = SCRIPT
    session.commit()
    seen = ada.post(f"{path(incident)}/acknowledge", note=SCRIPT)
    assert not seen.select("main script, main img")
    assert seen.text.count(SCRIPT) >= 4


def names(seen: Seen) -> list[str]:
    return [each.get_text() for each in seen.select("#incident-list [data-open]")]


def test_the_list_has_what_is_open_and_on_request_what_is_over(
    ada: Reader, session: Session
) -> None:
    outages.end(session, outages.begin(session, ada, "Mail"))
    outages.begin(session, ada, "Shop")
    assert names(ada.get("/incidents")) == ["Shop"]
    everything = ada.get("/incidents", state="all")
    assert sorted(names(everything)) == ["Mail", "Shop"]
    assert "Recovered" in everything.text


def test_the_list_is_narrowed_by_name_time_and_monitor(ada: Reader, session: Session) -> None:
    mail = outages.begin(session, ada, "Mail")
    outages.end(session, mail)
    mail.ended_at = mail.started_at + timedelta(minutes=1)
    outages.begin(session, ada, "Shop")
    mail.started_at -= timedelta(days=8)
    mail.ended_at -= timedelta(days=8)
    session.commit()
    assert names(ada.get("/incidents", state="all", q="ai")) == ["Mail"]
    assert names(ada.get("/incidents", state="all", days="7")) == ["Shop"]
    ids = {each["name"]: each["id"] for each in ada.api.read("monitors")["items"]}
    one = ada.get("/incidents", state="all", monitor=ids["Mail"])
    assert names(one) == ["Mail"]
    assert one.link("Mail") == "/incidents?state=all"


def test_the_list_says_what_an_incident_is_before_there_is_one(ada: Reader) -> None:
    assert "Nothing is down" in ada.get("/incidents").text
    assert "No incident yet" in ada.get("/incidents", state="all").text
    assert "No incident matches" in ada.get("/incidents", q="x").text


def test_pages_of_the_list_follow_each_other(ada: Reader, session: Session) -> None:
    first = outages.begin(session, ada, "Shop")
    monitor = session.get_one(Monitor, first.monitor_id)
    for number in range(1, 61):
        begun = first.started_at - timedelta(hours=number)
        make.incident(session, monitor, started_at=begun, ended_at=begun + timedelta(minutes=1))
    session.commit()
    page = ada.get("/incidents", state="all")
    assert len(names(page)) == 50
    following = ada.get(page.link("Next page"))
    assert len(names(following)) == 11
    assert following.link("First page") == "/incidents?state=all"


def test_a_strangers_incident_is_not_listed(ada: Reader, eve: Reader, session: Session) -> None:
    outages.begin(session, ada)
    assert names(eve.get("/incidents", state="all")) == []


def test_a_monitor_that_is_none_and_a_strange_cursor_are_no_page(ada: Reader) -> None:
    assert ada.get("/incidents", monitor="x").status == 404
    assert ada.get("/incidents", cursor="x").status == 422


def test_what_no_database_stores_is_refused(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    assert ada.get("/incidents", q="\0").status == 422
    assert ada.post(f"{path(incident)}/acknowledge", note="a\0b").status == 422
    assert ada.post("/first", address="a\0b").status == 422


def test_incidents_are_searched_by_words_cause_and_tag(ada: Reader, session: Session) -> None:
    outages.begin(session, ada, tags=["eu"])
    for query in ("q=answered%205", "cause=status", "tag=eu", "state=all&q=shop&cause=status"):
        assert "Answered 500." in ada.get(f"/incidents?{query}").text, query
    for query in ("q=resolve", "cause=dns", "tag=us", "state=ended"):
        assert "Answered 500." not in ada.get(f"/incidents?{query}").text, query
    narrowed = ada.get("/incidents?tag=eu&q=answered")
    assert narrowed.select("a[aria-label='Remove eu']")
    unknown = ada.get("/incidents?cause=luck&region=moon&state=none")
    assert "Answered 500." in unknown.text, "what makes no sense is left out"
