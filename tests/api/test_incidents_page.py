"""The page of the incidents, in a browser that other people wrote."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from flask import Flask
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from api.app import create_app
from api.resources import Resources, provide
from config.settings import load
from models import Incident, Monitor, Organization
from models.session import database_now
from security.tokens import AccessTokens
from services import alerting
from tests.api.client import ApiClient
from tests.api.incidents_page import IncidentsPage
from tests.api.machines import join
from tests.api.test_second_factor import switch_on
from tests.factories import monitors as make
from tests.servers.browser import browser
from tests.servers.wsgi import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_REFUSED = re.compile(r"responded with a status of 4(01|09|22) ")
"""Of these the page tells its reader."""
_PATIENCE_SECONDS = 60

pytestmark = pytest.mark.committed


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    with browser() as chrome:
        yield chrome


@pytest.fixture
def app(committed: Engine) -> Iterator[Flask]:
    """Make an application that commits: the page asks while the test looks."""
    del committed
    app = create_app(load())
    yield app
    app.extensions["downtime"].redis.close()


@pytest.fixture
def owner(app: Flask) -> ApiClient:
    return ApiClient(app).register("ada@example.test")


@pytest.fixture
def page(app: Flask, owner: ApiClient, chrome: Chrome) -> Iterator[IncidentsPage]:
    """Serve it; whatever the browser complained of is a failure, too."""
    del owner
    complaints(chrome)
    with served(app) as url:
        yield IncidentsPage(chrome, url)
        chrome.get("about:blank")
    assert [each for each in complaints(chrome) if not _REFUSED.search(each)] == []


def complaints(chrome: Chrome) -> list[str]:
    """Take what the browser has said of its pages since it was asked last."""
    return [str(each["message"]) for each in chrome.get_log("browser")]  # type: ignore[no-untyped-call] # it has no types


Begin = Callable[..., str]


@pytest.fixture
def begin(owner: ApiClient, committed: Engine) -> Begin:
    """Let something go down that was fine twelve minutes ago; return the id of the incident."""

    def begun(name: str = "Shop", *, of: ApiClient = owner) -> str:
        made = of.make_monitor(name=name)
        with Session(committed) as session, session.begin():
            monitor = session.scalars(select(Monitor).filter_by(public_id=made["id"])).one()
            now = database_now(session)
            incident = make.incident(session, monitor, started_at=now - timedelta(minutes=12))
            alerting.opened(session, incident, now=now)
            return str(incident.public_id)

    return begun


def add_organization(app: Flask, committed: Engine, name: str) -> ApiClient:
    """Let somebody else found one that Ada is in, too; return its owner."""
    founder = ApiClient(app).register(f"{name.lower()}@example.test")
    with committed.begin() as connection:
        newest = select(func.max(Organization.id)).scalar_subquery()
        connection.execute(update(Organization).where(Organization.id == newest).values(name=name))
    join(founder, app, "ada", "operator")
    return founder


@contextmanager
def held(app: Flask, path: str) -> Iterator[Event]:
    """Let one request of a path wait until the block ends; the event says that it does."""
    real, is_asked, may_go_on = app.wsgi_app, Event(), Event()

    def hold(environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith(path) and not is_asked.is_set():
            is_asked.set()
            may_go_on.wait(_PATIENCE_SECONDS)
        return real(environ, respond)

    with patch.object(app, "wsgi_app", hold):
        try:
            yield is_asked
        finally:
            may_go_on.set()


def end(committed: Engine, incident_id: str) -> None:
    with Session(committed) as session, session.begin():
        incident = session.scalars(select(Incident).filter_by(public_id=incident_id)).one()
        now = database_now(session)
        make.end(incident, at=now)
        alerting.closed(session, incident, now=now)


def worsen(committed: Engine, incident_id: str) -> str:
    """End one, and begin the one that follows it; return its id."""
    with Session(committed) as session, session.begin():
        before = session.scalars(select(Incident).filter_by(public_id=incident_id)).one()
        now = database_now(session)
        make.end(before, at=now)
        monitor = session.get_one(Monitor, before.monitor_id)
        worse = make.incident(session, monitor, started_at=now)
        worse.follows_id = before.id
        alerting.opened(session, worse, now=now)
        return str(worse.public_id)


def test_what_is_down_is_shown_until_it_is_over(
    page: IncidentsPage, begin: Begin, committed: Engine
) -> None:
    incident_id = begin()
    page.come_in()
    page.see("1 open")
    assert page.chrome.title == "(1) Incidents"
    for words in ("down Shop", "Answered 500.", ": 12 min.", "Nobody has taken care of it yet."):
        assert words in page.text()
    end(committed, incident_id)
    page.look_again()
    page.see("0 open")
    assert (page.incidents(), page.chrome.title) == ([], "Incidents")
    page.chrome.find_element(By.ID, "ended").click()
    page.see("over Shop")
    assert page.button("Acknowledge") is None


def test_whoever_acknowledges_is_named_with_a_note_and_can_take_it_back(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.come_in()
    page.write_note("It is the disk.")
    page.press("Acknowledge")
    page.see("ada@example.test takes care of it")
    assert page.button("Acknowledge") is None
    shown = owner.read(f"incidents/{incident_id}")
    assert shown["acknowledged_by"] == "ada@example.test"
    assert shown["timeline"][-1]["note"] == "It is the disk."
    assert page.note() == ""
    page.press("Take it back")
    page.see("Nobody has taken care of it yet.")
    assert owner.read(f"incidents/{incident_id}")["acknowledged_at"] is None


def test_an_incident_is_snoozed_for_as_long_as_one_chooses(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.come_in()
    page.choose("[name=minutes]", "4 hours")
    page.press("Snooze")
    page.see("Snoozed until")
    shown = owner.read(f"incidents/{incident_id}")
    until, at = (
        datetime.fromisoformat(each)
        for each in (shown["snoozed_until"], shown["timeline"][-1]["at"])
    )
    assert until - at == timedelta(hours=4)


def test_the_timeline_says_what_happened_and_goes_on(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.come_in()
    page.chrome.find_element(By.TAG_NAME, "summary").click()
    page.see("opened · Answered 500.")
    owner.post(f"incidents/{incident_id}/acknowledge", {"note": "Mine."})
    page.look_again()
    page.see("acknowledged by ada@example.test · Mine.")


def test_a_note_that_is_being_written_stays_while_the_page_looks(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin()
    page.come_in()
    page.write_note("It is")
    owner.post(f"incidents/{incident_id}/snooze", {"minutes": 5})
    begin("Mail")
    page.look_again()
    page.see("down Mail")
    page.see("Snoozed until")
    page.type(" the disk.")
    assert page.note("Shop") == "It is the disk."


def test_a_note_goes_on_to_what_an_incident_becomes(
    page: IncidentsPage, begin: Begin, owner: ApiClient, committed: Engine
) -> None:
    incident_id = begin("Shop")
    begin("Mail")
    page.come_in()
    page.see("2 open")
    page.write_note("It is")
    worse_id = worsen(committed, incident_id)
    page.look_again()
    page.wait(lambda: "Shop" in page.incidents()[0].text, "the one that is new")
    page.type(" the disk.\n")
    page.see("ada@example.test takes care of it")
    assert owner.read(f"incidents/{worse_id}")["timeline"][-1]["note"] == "It is the disk."


def test_a_note_stays_while_one_looks_at_what_is_over_too(
    page: IncidentsPage, begin: Begin, committed: Engine
) -> None:
    end(committed, begin("Mail"))
    begin("Shop")
    page.come_in()
    page.write_note("It is the disk.")
    page.chrome.find_element(By.ID, "ended").click()
    page.see("over Mail")
    assert page.note("Shop") == "It is the disk."


def test_a_note_that_nobody_was_told_stays(
    page: IncidentsPage, begin: Begin, owner: ApiClient, app: Flask
) -> None:
    incident_id = begin()
    join(owner, app, "vic", "operator")
    page.come_in("vic@example.test")
    owner.post(f"incidents/{incident_id}/acknowledge", {})
    page.write_note("It is the disk.")
    page.press("Acknowledge")
    page.see("ada@example.test takes care of it")
    assert page.note() == "It is the disk."
    page.press("Take it back")
    page.see("Nobody has taken care of it yet.")
    assert page.note() == "It is the disk."


def test_who_acknowledges_by_keys_stays_where_they_are(page: IncidentsPage, begin: Begin) -> None:
    begin("Mail")
    begin("Shop")
    page.come_in()
    page.write_note("Mine.")
    page.type(Keys.TAB)
    assert page.focused() == "Acknowledge"
    page.type(Keys.ENTER)
    page.see("ada@example.test takes care of it")
    assert page.focused() == "down Shop"
    page.type(Keys.TAB)
    page.type("More.")
    assert page.note("Shop") == "More."


def test_who_takes_care_is_read_out_once(
    page: IncidentsPage, begin: Begin, owner: ApiClient
) -> None:
    incident_id = begin("Shop")
    page.come_in()
    care = page.chrome.find_element(By.CLASS_NAME, "care")
    assert care.aria_role == "status"
    owner.post(f"incidents/{incident_id}/acknowledge", {})
    page.look_again()
    page.see("ada@example.test takes care of it")
    page.chrome.execute_script("window.words = arguments[0].firstChild", care)
    begin("Mail")
    page.look_again()
    page.see("down Mail")
    assert page.chrome.execute_script("return window.words === arguments[0].firstChild", care)


def test_the_enter_key_says_nothing_for_who_takes_care_already(
    page: IncidentsPage, begin: Begin, app: Flask
) -> None:
    begin()
    page.come_in()
    page.press("Acknowledge")
    page.see("takes care of it")
    # Without an answer, an article is busy with what was sent.
    with held(app, "/acknowledge"), held(app, "/snooze"):
        page.write_note("More.\n")
        assert page.incidents()[0].get_attribute("aria-busy") == "false"
    assert page.note() == "More."


def test_what_is_over_meanwhile_is_said_to_be(
    page: IncidentsPage, begin: Begin, committed: Engine
) -> None:
    incident_id = begin()
    page.come_in()
    end(committed, incident_id)
    page.press("Acknowledge")
    page.see("This incident is over.")


def test_a_refusal_is_seen_from_the_end_of_the_list(
    page: IncidentsPage, begin: Begin, committed: Engine
) -> None:
    incident_id = begin("Shop")
    for name in ("Mail", "Cart", "Search", "Stock"):
        begin(name)
    with page.on_a_phone():
        page.come_in()
        page.see("5 open")
        end(committed, incident_id)
        page.press("Acknowledge", page.incidents()[-1])
        page.see("This incident is over.")
        top, bottom = page.chrome.execute_script(
            "const { top, bottom } = document.getElementById('problem').getBoundingClientRect();"
            " return [top, bottom - innerHeight]"
        )
    assert top >= 0 > bottom


def test_whatever_is_long_fits_on_a_phone(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine, owner: ApiClient
) -> None:
    add_organization(app, committed, "Bakery" * 10)
    incident_id = begin("Shop" * 25)
    owner.post(f"incidents/{incident_id}/acknowledge", {"note": "disk" * 250})
    with page.on_a_phone():
        page.come_in()
        page.open_all_timelines()
        page.see("diskdisk")
        assert page.chrome.execute_script("return document.documentElement.scrollWidth") == 320


def test_a_viewer_sees_it_and_can_press_nothing(
    page: IncidentsPage, begin: Begin, owner: ApiClient, app: Flask
) -> None:
    begin()
    join(owner, app, "vic", "viewer")
    page.come_in("vic@example.test")
    page.see("down Shop")
    assert [page.button(each) for each in ("Acknowledge", "Snooze")] == [None, None]


def test_a_wrong_password_is_refused_in_the_words_of_the_api(page: IncidentsPage) -> None:
    page.open()
    page.log_in(password="wrong, all of it")
    page.see("is wrong.")
    assert page.button("Log in")


def test_a_second_factor_is_asked_for(page: IncidentsPage, owner: ApiClient) -> None:
    authenticator, _ = switch_on(owner)
    page.open()
    page.log_in()
    page.see("code:")
    page.log_in(code=authenticator.code())
    page.see("0 open")


@pytest.mark.abuse(68)
def test_markup_of_others_is_text(page: IncidentsPage, begin: Begin, owner: ApiClient) -> None:
    markup = "<img src=x onerror=document.title=1>"
    incident_id = begin(markup)
    owner.post(f"incidents/{incident_id}/acknowledge", {"note": markup})
    page.come_in()
    page.chrome.find_element(By.TAG_NAME, "summary").click()
    page.see(f"· {markup}")
    assert f"down {markup}" in page.text()
    assert page.chrome.find_elements(By.TAG_NAME, "img") == []


def test_each_organization_of_a_person_is_shown_by_itself(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine
) -> None:
    begin("Shop")
    begin("Oven", of=add_organization(app, committed, "Bakery"))
    page.come_in()
    page.see("down Shop")
    assert "Oven" not in page.text()
    page.choose("#organization", "Bakery")
    page.see("down Oven")
    assert "down Shop" not in page.text()
    page.press("Acknowledge")
    page.see("ada@example.test takes care of it")


def test_of_organizations_that_are_chosen_one_after_the_other_the_last_is_shown(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine
) -> None:
    begin("Oven", of=add_organization(app, committed, "Bakery"))
    begin("Cup", of=add_organization(app, committed, "Cafe"))
    page.come_in()
    for path in ("/switch", "/me", "/incidents"):
        with held(app, path) as is_asked:
            page.choose("#organization", "Bakery")
            assert is_asked.wait(_PATIENCE_SECONDS)
            page.choose("#organization", "Cafe")
        page.see("down Cup")
        assert "down Oven" not in page.text()


def test_an_organization_is_not_shown_under_the_name_of_another(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine
) -> None:
    begin("Shop")
    add_organization(app, committed, "Bakery")
    page.come_in()
    page.see("down Shop")
    with held(app, "/switch") as is_switched:
        page.choose("#organization", "Bakery")
        assert is_switched.wait(_PATIENCE_SECONDS)
        with held(app, "/incidents") as is_asked:
            page.look_again()
            page.chrome.find_element(By.ID, "ended").click()
            assert not is_asked.is_set()
    page.see("0 open")
    assert "down Shop" not in page.text()


def test_loading_the_page_again_ends_the_login(page: IncidentsPage, owner: ApiClient) -> None:
    page.come_in()
    assert len(owner.read("sessions")["items"]) == 2
    page.open()
    page.wait(lambda: len(owner.read("sessions")["items"]) == 1, "the login to end")
    for storage in ("localStorage", "sessionStorage"):
        assert page.chrome.execute_script(f"return {storage}.length") == 0
    assert page.chrome.get_cookies() == []


def test_logging_out_leaves_nothing_on_the_page(page: IncidentsPage, begin: Begin) -> None:
    begin()
    page.come_in()
    page.press("Log out")
    page.wait(lambda: page.button("Log in"), "the form")
    for words in ("Shop", "ada@example.test"):
        assert words not in page.chrome.page_source
    assert page.chrome.title == "Incidents"


def test_an_organization_that_is_switched_to_is_forgotten_by_who_logs_out(
    page: IncidentsPage, begin: Begin, app: Flask, committed: Engine
) -> None:
    begin("Oven", of=add_organization(app, committed, "Bakery"))
    page.come_in()
    with held(app, "/switch") as is_asked:
        page.choose("#organization", "Bakery")
        assert is_asked.wait(_PATIENCE_SECONDS)
        page.press("Log out")
        page.log_in()
        page.see("0 open")
        page.choose("#organization", "Bakery")
        page.see("down Oven")


def test_what_one_asked_for_is_not_done_in_the_name_of_who_logs_in_next(
    page: IncidentsPage, begin: Begin, app: Flask, owner: ApiClient
) -> None:
    incident_id = begin()
    join(owner, app, "vic", "operator")
    page.come_in()
    with held(app, "/acknowledge") as is_asked:
        page.press("Acknowledge")
        assert is_asked.wait(_PATIENCE_SECONDS)
        page.press("Log out")
        page.log_in("vic@example.test")
        page.see("down Shop")
    page.press("Snooze")
    page.see("Snoozed until")
    timeline = owner.read(f"incidents/{incident_id}")["timeline"]
    assert "acknowledged" not in [each["kind"] for each in timeline]


def refuse_tokens_of_before(app: Flask) -> None:
    """Make each access token as good as one that is too old."""
    resources: Resources = app.extensions["downtime"]
    old = resources.tokens
    tokens = AccessTokens(old.keys, issuer="https://other.test", lifetime=old.lifetime)
    provide(app, replace(resources, tokens=tokens))


def test_an_access_token_that_is_too_old_is_renewed_once_for_all_who_ask(
    page: IncidentsPage, begin: Begin, app: Flask
) -> None:
    begin("Shop")
    begin("Mail")
    page.come_in()
    page.see("2 open")
    refuse_tokens_of_before(app)
    page.open_all_timelines()
    page.wait(lambda: page.text().count("opened · Answered 500.") == 2, "both timelines")


def test_a_login_that_was_ended_elsewhere_is_over(page: IncidentsPage, owner: ApiClient) -> None:
    page.come_in()
    for each in owner.read("sessions")["items"]:
        if not each["is_this"]:
            owner.delete(f"sessions/{each['id']}")
    page.look_again()
    page.see("Your login is over. Log in again.")
    assert page.button("Log in")


def test_what_is_shown_says_of_when_it_is_while_the_service_is_silent(
    app: Flask, begin: Begin, chrome: Chrome
) -> None:
    begin()
    with served(app) as url:
        page = IncidentsPage(chrome, url)
        page.come_in()
        page.see("down Shop")
    page.look_again()
    page.see("The service does not answer. As of ")
    assert page.read_out() == ["1 open", "The service does not answer."]
    assert "down Shop" in page.text()
    page.press("Acknowledge")
    page.wait(lambda: page.problem() == "The service does not answer.", "the problem")
    chrome.get("about:blank")


@contextmanager
def broken_off(app: Flask, path: str) -> Iterator[None]:
    """Send half of each answer from a path until the block ends."""
    real = app.wsgi_app

    def half(environ: "WSGIEnvironment", respond: "StartResponse") -> Iterable[bytes]:
        answer = b"".join(real(environ, respond))
        if not environ["PATH_INFO"].endswith(path):
            return [answer]
        return [answer[: len(answer) // 2]]

    with patch.object(app, "wsgi_app", half):
        yield


def test_an_answer_that_breaks_off_is_none(app: Flask, begin: Begin, chrome: Chrome) -> None:
    begin()
    with served(app) as url:
        page = IncidentsPage(chrome, url)
        page.come_in()
        with broken_off(app, "/incidents"):
            page.look_again()
            page.see("The service does not answer. As of ")
        assert "down Shop" in page.text()
        page.look_again()
        page.miss("The service does not answer.")
        chrome.get("about:blank")


def test_a_renewal_that_breaks_off_ends_the_login(app: Flask, begin: Begin, chrome: Chrome) -> None:
    """Its token is used up, and the next one was never read."""
    begin()
    with served(app) as url:
        page = IncidentsPage(chrome, url)
        page.come_in()
        refuse_tokens_of_before(app)
        with broken_off(app, "/refresh"):
            page.look_again()
            page.see("The service does not answer. As of ")
        page.look_again()
        page.see("Your login is over. Log in again.")
        chrome.get("about:blank")


def test_long_lists_are_shown_in_parts(page: IncidentsPage, committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        (organization_id,) = session.scalars(select(Organization.id))
        now = database_now(session)
        for number in range(51):
            monitor = make.monitor(session, organization_id, now=now, name=f"Shop {number}")
            make.incident(session, monitor, started_at=now - timedelta(minutes=number))
    page.come_in()
    page.see("50 open, or more")
    page.press("Show more")
    page.see("51 open")
    names = [each.find_element(By.CSS_SELECTOR, ".name").text for each in page.incidents()]
    assert names == [f"Shop {number}" for number in range(51)]
    assert page.button("Show more") is None


def test_a_password_never_ends_up_in_an_address(client: ApiClient) -> None:
    """Without its script the form stays hidden, and would not be sent as a query either."""
    assert 'id="login" class="fields" method="post" hidden' in client.get("/incidents").text


def test_the_page_lets_no_text_become_a_script(client: ApiClient) -> None:
    policy = client.get("/incidents").headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
    assert "unsafe" not in policy
