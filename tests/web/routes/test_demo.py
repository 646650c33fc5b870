"""The demo organization in a browser: one press to log in, on a laptop only, and its label."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from config import demo
from config.settings import Settings
from models import Organization
from server.resources import Transactions
from services.accounts import accounts
from tests.api.applications import Serve
from tests.web.reader import Reader

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MADE_UP = "Demo Everything before 24 Nov, 12:00 is sample data."

ServeDemo = Callable[..., Flask]


@pytest.fixture
def serve_demo(
    serve: Serve, settings: Settings, transaction: Transactions, tmp_path: Path
) -> ServeDemo:
    """Serve the pages over a directory of their own, with other settings."""
    own = settings.model_copy(update={"var_dir": tmp_path})
    return lambda **values: serve(own.model_copy(update=values), transaction)


@pytest.fixture
def organization(session: Session, tmp_path: Path) -> Organization:
    """Make the demo organization, and the file with its password."""
    file = demo.password_file(tmp_path)
    file.parent.mkdir()
    file.write_text(PASSWORD)
    made = accounts.register(
        session, email=demo.EMAIL, password=PASSWORD, organization_name="Demo shop", now=NOW
    ).organization
    session.execute(
        update(Organization)
        .where(Organization.id == made.id)
        .values(public_id=demo.ORGANIZATION_ID)
    )
    session.flush()
    return made


@pytest.mark.usefixtures("organization")
def test_one_press_opens_the_demo_on_a_laptop(serve_demo: ServeDemo) -> None:
    reader = Reader(serve_demo())
    asked = reader.get("/contacts")
    seen = reader.fill(asked, "/login/demo")
    assert (seen.status, seen.path) == (200, "/contacts")
    assert seen.one(".demo").get_text() == MADE_UP


@pytest.mark.usefixtures("organization")
def test_in_production_nobody_offers_or_serves_it(serve_demo: ServeDemo) -> None:
    reader = Reader(serve_demo(environment="production"))
    assert "demo" not in reader.get("/login").text.lower()
    assert reader.post("/login/demo").status == 404
    assert reader.cookie("session") is None


def test_without_a_demo_there_is_nothing_to_open(serve_demo: ServeDemo) -> None:
    reader = Reader(serve_demo())
    assert "demo" not in reader.get("/login").text.lower()
    assert reader.post("/login/demo").status == 404


@pytest.mark.usefixtures("organization")
def test_a_password_that_was_changed_is_asked_for(serve_demo: ServeDemo, tmp_path: Path) -> None:
    demo.password_file(tmp_path).write_text("an earlier password")
    seen = Reader(serve_demo()).post("/login/demo")
    assert (seen.status, seen.title) == (401, "Log in")


def test_other_organizations_have_no_label(ada: Reader) -> None:
    assert "sample data" not in ada.get("/contacts").text
