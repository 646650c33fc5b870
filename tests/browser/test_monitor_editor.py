"""*Test now* in a browser: the result comes beside the form, and the form stays as it is."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import TestRun
from models.test_run import TestRunState
from tests.browser.site import Site

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


def test_the_result_of_a_test_run_comes_beside_what_was_typed(
    page: Site, committed: Engine
) -> None:
    page.open_logged_in("/monitors/new/http")
    page.fill("name", "Shop")
    page.fill("url", "https://shop.test/")
    page.press("Test now")
    page.wait(lambda: page.elements("test-run[data-wait]"), "the test run")
    assert page.value("name") == "Shop"
    page.element("[name=name]").send_keys(" of Ada")
    with Session(committed) as session, session.begin():
        test_run = session.scalars(select(TestRun)).one()
        test_run.state, test_run.report = TestRunState.DONE, REPORT
    page.wait(lambda: "503" in page.element("test-run").text, "the result")
    assert len(page.elements("test-run .wf tbody tr")) == 5
    assert page.value("name") == "Shop of Ada"
