"""Every page is for every reader: size, light, state and language change from page to page.

Longer words, and those that run from right to left, have room on a phone. `make axe` looks at all
pages in each.
"""

from collections.abc import Iterable, Sequence

from tests.browser.every_page import visits
from tests.browser.every_page.faults import LOCALES, LOOKS, Inspector
from tests.browser.every_page.shop import Shop
from tests.browser.every_page.visits import Visit


def test_pages_of_an_organization_with_one_of_each_thing(shop: Shop, inspector: Inspector) -> None:
    _expect_no_faults(inspector, visits.full(shop.app, shop.ids, every_word=False), LOCALES)


def test_pages_of_an_organization_that_has_nothing_yet(shop: Shop, inspector: Inspector) -> None:
    _expect_no_faults(inspector, visits.empty(shop.app))


def test_pages_that_need_no_login(shop: Shop, inspector: Inspector) -> None:
    _expect_no_faults(inspector, visits.open_to_anybody(shop.links))


def test_pages_that_refuse(shop: Shop, inspector: Inspector) -> None:
    _expect_no_faults(inspector, visits.refused(shop.app, shop.ids, every_word=False))


def _expect_no_faults(
    inspector: Inspector, visited: Iterable[Visit], locales: Sequence[str] = ("",)
) -> None:
    """Look at each page in another way than at the one before, and sooner or later in each pair."""
    found = []
    for number, visit in enumerate(visited):
        rounds, look = divmod(number, len(LOOKS))
        found += inspector.faults(visit, [LOOKS[look]], locales[rounds % len(locales)])
    assert not found, "\n".join(found)
