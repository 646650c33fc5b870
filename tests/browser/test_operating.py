"""The console of operators, in each size and light: nothing sticks out, and axe finds nothing wrong."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config.settings import load
from models import Organization, User
from models.session import api_scope
from tests.api.applications import Applications
from tests.servers.wsgi import served
from tests.web.look.screen import Screen
from tests.web.reader import Reader
from tests.web.routes.operating.conftest import proven

_ADA = "ada@example.test"


@pytest.fixture
def console(committed: Engine, applications: Applications, chrome: Chrome) -> Iterator[Screen]:
    """Serve the pages, with Ada logged in as an operator, and Cat who lost a second factor."""
    settings = load().model_copy(update={"operators": (_ADA, "bea@example.test")})
    with applications.serving(settings, api_scope) as app:
        ada = proven(Reader(app).register(_ADA))
        proven(Reader(app).register("cat@example.test"))
        with Session(committed) as session:
            cat = session.scalars(select(User).filter_by(email="cat@example.test")).one().public_id
        ada.post(f"/operator/users/{cat}/factor-reset", reason="Lost the phone, called back")
        with served(app) as url:
            chrome.get(url + "/login")
            cookie = {"name": "session", "value": ada.cookie("session") or "", "path": "/"}
            chrome.add_cookie(cookie)
            yield Screen(chrome, url)
            chrome.get("about:blank")


def test_every_page_of_the_console_can_be_read_by_everybody(
    console: Screen, committed: Engine
) -> None:
    with Session(committed) as session:
        shop = session.scalars(select(Organization).order_by(Organization.id.desc())).first()
        cat = session.scalars(select(User).filter_by(email="cat@example.test")).one()
        assert shop is not None
        ids = {"organizations": shop.public_id, "users": cat.public_id}
    pages = [
        *("/operator/find?q=cat", "/operator/factor-resets"),
        *(f"/operator/{noun}/{public_id}" for noun, public_id in ids.items()),
    ]
    for place, page in enumerate(pages):
        for scheme in ("light", "dark"):
            for width in (360, 1440):
                console.prefer(prefers_color_scheme=scheme)
                console.open(page, width=width)
                assert console.js("return document.documentElement.scrollWidth") <= width, page
                assert console.violations() == [], (page, scheme, width)
                if folder := os.environ.get("PICTURES"):
                    file = Path(folder) / f"{place}-{scheme}-{width}.png"
                    console.chrome.save_screenshot(str(file))
