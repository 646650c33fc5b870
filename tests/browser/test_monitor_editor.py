"""*Test now* in a browser: the result comes beside the form, and the form stays as it is."""

import time
from collections.abc import Callable

import pytest
from flask import Flask
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import TestRun
from models.test_run import TestRunState
from tests.api.client import PASSWORD, ApiClient
from tests.servers.wsgi import served

pytestmark = pytest.mark.committed

REPORT = {
    "outcome": "down",
    "cause": "status",
    "detail": "Answered 503 Service Unavailable, expected 200-299.",
    "http_status": 503,
    "address": "192.0.2.7",
    "timings": {"dns": 3.1, "connect": 11.0, "tls": 24.0, "first_byte": 80.5, "total": 120.2},
    "assertions": [],
    "steps": [],
    "evidence": None,
}


def log_in(chrome: Chrome, url: str) -> None:
    chrome.get(f"{url}/login")
    chrome.find_element(By.NAME, "email").send_keys("ada@example.test")
    chrome.find_element(By.NAME, "password").send_keys(PASSWORD)
    chrome.find_element(By.CSS_SELECTOR, "form .primary").click()


def wait_for(seen: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_the_result_of_a_test_run_comes_beside_what_was_typed(
    app: Flask, owner: ApiClient, committed: Engine, chrome: Chrome
) -> None:
    del owner
    with served(app) as url:
        log_in(chrome, url)
        wait_for(lambda: "/login" not in chrome.current_url)
        chrome.get(f"{url}/monitors/new/http")
        chrome.find_element(By.NAME, "name").send_keys("Shop")
        chrome.find_element(By.NAME, "url").send_keys("https://shop.test/")
        chrome.find_element(By.NAME, "test").click()
        wait_for(lambda: bool(chrome.find_elements(By.CSS_SELECTOR, "test-run[data-wait]")))
        name = chrome.find_element(By.NAME, "name")
        assert name.get_attribute("value") == "Shop"
        name.send_keys(" of Ada")
        with Session(committed) as session, session.begin():
            test_run = session.scalars(select(TestRun)).one()
            test_run.state, test_run.report = TestRunState.DONE, REPORT
        wait_for(lambda: "503" in chrome.find_element(By.TAG_NAME, "test-run").text)
        assert len(chrome.find_elements(By.CSS_SELECTOR, "test-run .wf tbody tr")) == 5
        assert name.get_attribute("value") == "Shop of Ada"
        chrome.get("about:blank")
