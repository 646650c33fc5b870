"""Longer words, and those that run from right to left, have room on a phone."""

import pytest

from tests.browser.every_page import visits
from tests.browser.every_page.faults import Inspector
from tests.browser.every_page.shop import Shop

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


@pytest.mark.parametrize("locale", ["de", "qps", "ar-XB"])
def test_every_page_fits_on_a_phone_in_every_language(
    shop: Shop, inspector: Inspector, locale: str
) -> None:
    with inspector.speaking(locale):
        found = {
            visit.path: parts
            for visit in visits.full(shop.app, shop.ids, every_word=False)
            if (parts := inspector.ask(visit, _STICKING_OUT, width=320))
        }
    assert found == {}
