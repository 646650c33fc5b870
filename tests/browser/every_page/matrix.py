"""`make axe`: every page in each size, light and language, with a form for each kind, scheme and channel.

The suite takes one look at each page (`test_every_page.py`), because all of them take minutes.
"""

from tests.browser.every_page import visits
from tests.browser.every_page.faults import LOCALES, LOOKS, Inspector
from tests.browser.every_page.shop import Shop
from tests.browser.every_page.visits import Visit


def test_every_page_in_every_look(shop: Shop, inspector: Inspector) -> None:
    found = [fault for visit in _every(shop) for fault in inspector.faults(visit, LOOKS)]
    assert not found, "\n".join(found)


def test_every_page_in_every_language(shop: Shop, inspector: Inspector) -> None:
    found = [
        fault
        for locale in LOCALES
        for visit in visits.full(shop.app, shop.ids, every_word=True)
        for fault in inspector.sticking_out(visit, locale)
    ]
    assert not found, "\n".join(found)


def _every(shop: Shop) -> list[Visit]:
    return [
        *visits.full(shop.app, shop.ids, every_word=True),
        *visits.empty(shop.app),
        *visits.open_to_anybody(shop.links),
        *visits.refused(shop.app, shop.ids, every_word=True),
    ]
