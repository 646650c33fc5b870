"""Longer words, and those that run from right to left, have room on a phone.

The language changes from page to page. `make axe` reads all of them in each.
"""

from itertools import cycle

from tests.browser.every_page import visits
from tests.browser.every_page.faults import LOCALES, Inspector
from tests.browser.every_page.shop import Shop


def test_every_page_fits_on_a_phone_in_another_language(shop: Shop, inspector: Inspector) -> None:
    visited = zip(visits.full(shop.app, shop.ids, every_word=False), cycle(LOCALES), strict=False)
    found = [each for visit, locale in visited for each in inspector.sticking_out(visit, locale)]
    assert not found, "\n".join(found)
