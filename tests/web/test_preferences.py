"""The language, the zone and the colours that a reader chose."""

from typing import Any

import pytest
from flask import Flask

from tests.web.reader import Reader


def test_a_page_is_in_the_language_that_the_browser_asks_for(app: Flask) -> None:
    answer = app.test_client().get("/login", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert '<html lang="de"' in answer.text


def test_what_was_chosen_wins(nobody: Reader) -> None:
    nobody.post("/preferences", locale="de", theme="dark")
    root = nobody.get("/login").one("html")
    assert (root["lang"], root["data-theme"]) == ("de", "dark")


@pytest.mark.parametrize("choice", [{"theme": "<b>"}, {"locale": "xx"}, {"zone": "Mars/Base"}])
def test_what_cannot_be_chosen_changes_nothing(nobody: Reader, choice: dict[str, Any]) -> None:
    nobody.post("/preferences", **choice)
    assert [nobody.cookie(name) for name in choice] == [None]


@pytest.mark.parametrize("referer", ["https://evil.test/x", "http://localhost//evil.test", ""])
def test_a_choice_leads_back_to_a_page_of_ours_only(nobody: Reader, referer: str) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Referer": referer}
    location = nobody.send("/preferences", headers=headers, theme="dark").headers["Location"]
    assert location in {"/", "/evil.test"}


def test_every_text_of_a_page_is_marked_in_the_language_for_tests(nobody: Reader) -> None:
    nobody.post("/preferences", locale="qps")
    shown = nobody.get("/login").html.find("main")
    assert shown is not None
    texts = [each.strip() for each in shown.find_all(string=True) if each.strip()]
    assert texts
    assert [each for each in texts if not each.startswith("[")] == []
