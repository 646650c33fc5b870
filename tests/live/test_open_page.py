"""A page that somebody has open: it shows a change without being loaded again, and says if it cannot."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from celery import Celery
from pydantic import SecretStr
from redis import Redis
from selenium.webdriver import Chrome
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from application import create_app
from config.settings import load
from devstack.servers.redis import Redis as Server
from models import Monitor
from services.after_commit import hints
from services.checks import record as check_record
from tasks.hints import Publisher
from tests.live.hubs import RunningHub, hub
from tests.servers.browser import browser
from tests.servers.wsgi import served
from tests.services.watched import DOWN, observe
from tests.web.look.screen import Screen
from tests.web.reader import Reader

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Site:
    """An application whose address is known before it is made."""

    def __init__(self) -> None:
        self.app: WSGIApplication | None = None

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> "object":
        assert self.app is not None
        return self.app(environ, respond)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    with browser() as chrome:
        yield chrome


class OpenPage:
    """The application, its hub, somebody who is logged in, and the screen before them."""

    def __init__(self, reader: Reader, screen: Screen, running: RunningHub, redis: Server) -> None:
        self.reader, self.screen, self.hub, self.redis = reader, screen, running, redis

    def watch(self, name: str) -> str:
        made: str = self.reader.api.make_monitor(name=name, confirmations=1)["id"]
        return made

    def go_down(self, database: Engine, monitor_id: str, *, is_told: bool = True) -> None:
        """Let a monitor go down, as a check worker records it; one that is killed tells nobody."""
        with Session(database) as session, session.begin():
            monitor = session.scalars(select(Monitor).filter_by(public_id=monitor_id)).one()
            now = datetime.now(UTC)
            slot = int(now.timestamp())
            check_record.record(session, [observe(monitor, slot, DOWN, version=None)], now=now)
        if is_told:
            with Redis.from_url(self.redis.url) as client:
                Publisher(lambda: client).publish(hints.take(session))


@pytest.fixture
def own_redis(committed: Engine, celery: Celery, tmp_path: Path) -> Iterator[Server]:
    """Start a Redis that a test may stop, beside an empty database and broker."""
    del committed, celery
    server = Server(tmp_path / "redis")
    yield server
    server.stop()


@pytest.fixture(params=["tests.live.served:app"])
def opened(
    request: pytest.FixtureRequest,
    chrome: Chrome,
    live_database: str,
    own_redis: Server,
    tmp_path: Path,
) -> Iterator[OpenPage]:
    """Open a page. The parameter names the hub."""
    site = Site()
    redis = own_redis.url
    with served(site) as url:  # type: ignore[arg-type]  # as a WSGI application
        environment = {
            "DATABASE_URL": live_database,
            "REDIS_URL": redis,
            "DOWNTIME_PUBLIC_URL": url,
        }
        with hub(tmp_path, environment, application=request.param) as running:
            live_url = f"http://127.0.0.1:{running.port}"
            changes = {"public_url": url, "live_url": live_url, "redis_url": SecretStr(redis)}
            app = create_app(load().model_copy(update=changes))
            site.app = app
            reader = Reader(app).register()
            screen = Screen(chrome, url)
            screen.open("/login")
            chrome.add_cookie({"name": "session", "value": reader.cookie("session")})
            screen.open("/settings")
            yield OpenPage(reader, screen, running, own_redis)
            chrome.get("about:blank")
        app.extensions["downtime"].redis.close()


def test_an_outage_is_seen_without_a_reload_and_without_the_hub_by_polling(
    opened: OpenPage, committed: Engine
) -> None:
    screen = opened.screen
    screen.wait("document.documentElement.dataset.link === 'live'")
    screen.js("window.marked = true")
    opened.go_down(committed, opened.watch("Shop"))
    screen.wait("document.querySelector('#truth').innerText.startsWith('1 ')")
    assert screen.js("return window.marked") is True
    assert not [each for each in _complaints(screen) if "Content Security" in each]
    opened.hub.process.terminate()
    screen.wait("document.documentElement.dataset.link === 'polling'")
    opened.go_down(committed, opened.watch("Blog"))
    screen.wait("document.querySelector('#truth').innerText.startsWith('2 ')")
    assert screen.js("return window.marked") is True


def test_the_page_of_an_ended_session_says_that_it_is_not_renewed(opened: OpenPage) -> None:
    opened.screen.wait("document.documentElement.dataset.link === 'live'")
    opened.reader.post("/logout")
    opened.screen.wait("document.documentElement.dataset.link === 'stale'")


@pytest.mark.parametrize("opened", ["tests.live.renewing:app"], indirect=True)
def test_a_change_whose_worker_was_killed_after_its_commit_is_seen_before_long(
    opened: OpenPage, committed: Engine
) -> None:
    screen, monitor_id = opened.screen, opened.watch("Shop")
    screen.open("/settings")
    screen.wait("document.documentElement.dataset.link === 'live'")
    screen.js("window.marked = true")
    opened.go_down(committed, monitor_id, is_told=False)
    screen.wait("document.querySelector('#truth').innerText.startsWith('1 ')")
    assert screen.js("return window.marked") is True


def test_without_redis_a_page_says_that_it_is_not_renewed_and_goes_on_by_itself(
    opened: OpenPage, committed: Engine
) -> None:
    screen, monitor_id = opened.screen, opened.watch("Shop")
    screen.wait("document.documentElement.dataset.link === 'live'")
    screen.js("window.marked = true")
    opened.redis.stop()
    screen.wait("document.documentElement.dataset.link === 'stale'")
    opened.go_down(committed, monitor_id, is_told=False)
    opened.redis.start()
    screen.wait("document.documentElement.dataset.link === 'live'")
    screen.wait("document.querySelector('#truth').innerText.startsWith('1 ')")
    assert screen.js("return window.marked") is True


def _complaints(screen: Screen) -> list[str]:
    return [str(each["message"]) for each in screen.chrome.get_log("browser")]  # type: ignore[no-untyped-call]
