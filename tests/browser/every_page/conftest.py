"""One application, one organization with one of each thing, and one browser for all visits."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from sqlalchemy import Engine

from config.settings import load
from models.session import api_scope
from tests.api.applications import Applications
from tests.browser.every_page.faults import Inspector
from tests.browser.every_page.shop import Shop
from tests.conftest import empty
from tests.servers.wsgi import served


@pytest.fixture(scope="package")
def shop(database: Engine, applications: Applications) -> Iterator[Shop]:
    with applications.serving(load(), api_scope) as app:
        yield Shop.opened(app, database)
    empty(database)


@pytest.fixture(scope="package")
def inspector(shop: Shop, chrome: Chrome) -> Iterator[Inspector]:
    with served(shop.app) as url:
        inspector = Inspector(chrome, url, shop.sessions)
        yield inspector
        inspector.leave()
