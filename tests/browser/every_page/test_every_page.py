"""Every page is for every reader: the size, the light and the state change from page to page.

`make axe` looks at all of them in each.
"""

from collections.abc import Iterable

from tests.browser.every_page import visits
from tests.browser.every_page.faults import LOOKS, Inspector
from tests.browser.every_page.shop import Shop
from tests.browser.every_page.visits import Visit


def test_pages_of_an_organization_with_one_of_each_thing(shop: Shop, inspector: Inspector) -> None:
    _expect_no_faults(inspector, visits.full(shop.app, shop.ids, every_word=False))


def test_pages_of_an_organization_that_has_nothing_yet(shop: Shop, inspector: Inspector) -> None:
    _expect_no_faults(inspector, visits.empty(shop.app))


def test_pages_that_need_no_login(shop: Shop, inspector: Inspector) -> None:
    _expect_no_faults(inspector, visits.open_to_anybody(shop.links))


def test_pages_that_refuse(shop: Shop, inspector: Inspector) -> None:
    _expect_no_faults(inspector, visits.refused(shop.app, shop.ids, every_word=False))


def _expect_no_faults(inspector: Inspector, visited: Iterable[Visit]) -> None:
    """Look at each page in another way than at the one before."""
    found = [
        fault
        for number, visit in enumerate(visited)
        for fault in inspector.faults(visit, [LOOKS[number % len(LOOKS)]])
    ]
    assert not found, "\n".join(found)
