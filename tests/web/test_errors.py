"""Failures outside of any page: browsers get a page, other clients JSON."""

import pytest
from flask import Flask

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("accepted", ["text/html", CHROME, FIREFOX])
def test_a_browser_that_asks_for_an_unknown_address_gets_a_page(app: Flask, accepted: str) -> None:
    response = app.test_client().get("/nothing", headers={"Accept": accepted})
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert "Page not found" in response.text


@pytest.mark.parametrize("accepted", ["*/*", "application/json", ""])
def test_another_client_gets_a_problem_as_json(app: Flask, accepted: str) -> None:
    response = app.test_client().get("/nothing", headers={"Accept": accepted})
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
