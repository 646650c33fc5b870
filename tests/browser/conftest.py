"""A browser, what it is shown, and outages to be shown."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from selenium.webdriver import Chrome
from sqlalchemy import Engine, select

from config.settings import load
from domain.evaluation.state import State
from models import Monitor
from models.session import api_scope, database_now
from services.after_commit import hints
from services.alerting import process as alerting
from tests.api.applications import Applications
from tests.api.client import ApiClient
from tests.browser.console import complaints, unexpected
from tests.browser.outages import Begin, seen_at_once, show
from tests.browser.site import Site
from tests.browser.way import Way
from tests.factories import monitors as make
from tests.servers.browser import browser
from tests.servers.wsgi import served


@pytest.fixture(scope="package")
def chrome() -> Iterator[Chrome]:
    with browser() as chrome:
        yield chrome


@pytest.fixture
def app(committed: Engine, applications: Applications) -> Iterator[Flask]:
    """Give an application that commits: the page asks while the test looks."""
    del committed
    with applications.serving(load(), api_scope) as app:
        yield app


@pytest.fixture
def owner(app: Flask) -> ApiClient:
    return ApiClient(app).register("ada@example.test")


@pytest.fixture
def way(app: Flask) -> Way:
    return Way(app)


@pytest.fixture
def page(way: Way, owner: ApiClient, chrome: Chrome) -> Iterator[Site]:
    """Serve them; whatever the browser complained of is a failure, too."""
    del owner
    complaints(chrome)
    with served(way) as url:
        yield Site(chrome, url)
        chrome.get("about:blank")
    assert unexpected(chrome) == []


@pytest.fixture
def begin(owner: ApiClient, committed: Engine) -> Begin:
    """Let something go down that was fine twelve minutes ago; return the id of the incident."""

    def begun(name: str = "Shop", *, of: ApiClient = owner) -> str:
        made = of.make_monitor(name=name)
        with seen_at_once(committed) as session:
            monitor = session.scalars(select(Monitor).filter_by(public_id=made["id"])).one()
            now = database_now(session)
            incident = make.incident(session, monitor, started_at=now - timedelta(minutes=12))
            show(session, monitor.id, State.DOWN)
            alerting.opened(session, incident, now=now)
            hints.note(session, monitor.organization_id, "incidents")
            return str(incident.public_id)

    return begun
