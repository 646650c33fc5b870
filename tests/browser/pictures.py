"""The pictures of the README: the pages of the demo, as a browser shows them.

`make pictures` takes them anew; the suite does not, because each of them has other times.
"""

from datetime import UTC, datetime

from flask import Flask
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from devstack.demo import addresses, creation
from tests.api.client import PASSWORD
from tests.conftest import ROOT
from tests.servers.wsgi import served
from tests.services.rollups import rolled
from tests.web.look.screen import Screen

PICTURES = ROOT / "docs" / "images"
_SITE, _API, _SMTP = "http://127.0.0.1:8081", "http://127.0.0.1:8000", "smtp://127.0.0.1:1025"
_WIDTH, _HEIGHT = 1360, 900


def test_pictures_of_the_demo_are_taken(app: Flask, committed: Engine, chrome: Chrome) -> None:
    with Session(committed) as session, session.begin():
        urls = addresses.urls(site=_SITE, api=_API, smtp=_SMTP)
        now = datetime.now(UTC)
        # No worker is here that rolls up hours, so what is over counts as done.
        rolled.set_until(session, int(now.timestamp()) // 3600 * 3600)
        creation.ensure(session, urls, password=PASSWORD, now=now)
    with served(app) as url:
        screen = Screen(chrome, url)
        _log_in(screen)
        _take(screen, "/monitors", "monitors", scheme="light")
        screen.open("/monitors", width=_WIDTH)
        link = chrome.find_element(By.PARTIAL_LINK_TEXT, "Product search").get_attribute("href")
        assert link is not None
        _take(screen, link.removeprefix(url), "monitor", scheme="dark")
        chrome.get("about:blank")


def _log_in(screen: Screen) -> None:
    screen.open("/login", width=_WIDTH)
    for name, text in {"email": "demo@example.com", "password": PASSWORD}.items():
        screen.chrome.find_element(By.NAME, name).send_keys(text)
    screen.chrome.find_element(By.CSS_SELECTOR, "button.primary").click()


def _take(screen: Screen, path: str, name: str, *, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    screen.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    screen.open(path, width=_WIDTH)
    size = {"width": _WIDTH, "height": _HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    screen.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    screen.wait("document.fonts.status === 'loaded' && document.readyState === 'complete'")
    screen.chrome.save_screenshot(str(PICTURES / f"{name}-{scheme}.png"))
