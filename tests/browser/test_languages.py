"""Longer words, and those that run from right to left, have room on a phone."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.api.client import ApiClient
from tests.browser.site import Site
from tests.factories.one_of_each import one_of_each

pytestmark = pytest.mark.committed

_STICKING_OUT = """
    for (const menu of document.querySelectorAll("main details")) menu.open = true;
    const width = document.documentElement.clientWidth;
    const scrolls = (of) => ["auto", "scroll"].includes(getComputedStyle(of).overflowX);
    const isWithin = (inner) => {
      for (let of = inner.parentElement; of; of = of.parentElement) if (scrolls(of)) return true;
      return inner.closest(".vh, svg, .skip, [popover]") !== null;
    };
    return [...document.querySelectorAll("body *")].filter((each) => {
      const { left, right, height } = each.getBoundingClientRect();
      return height > 0 && (right > width + 1 || left < -1) && !isWithin(each);
    }).map((each) => `${each.localName}.${each.className}: ${each.textContent.trim().slice(0, 40)}`);
"""
"""Nothing is wider than the page, except within what is scrolled by itself."""


def _paths(app: Flask, ids: dict[str, str]) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        is_page = rule.endpoint.startswith("web-") and "GET" in (rule.methods or ())
        if is_page and rule.arguments <= ids.keys() and not rule.rule.endswith((".ics", "session")):
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], rule.rule)


@pytest.mark.parametrize("locale", ["de", "qps", "ar-XB"])
def test_every_page_fits_on_a_phone_in_every_language(
    page: Site, app: Flask, owner: ApiClient, committed: Engine, locale: str
) -> None:
    with Session(committed) as session:
        ids = one_of_each(owner, session)
    found = {}
    with page.on_a_phone():
        page.come_in()
        page.chrome.add_cookie({"name": "locale", "value": locale})
        for path in _paths(app, {**ids, "kind": "http", "scheme": "oauth2"}):
            page.open(path)
            found[path] = page.chrome.execute_script(_STICKING_OUT)
        page.chrome.delete_cookie("locale")
    assert [f"{path}: {part}" for path, parts in found.items() for part in parts] == []
