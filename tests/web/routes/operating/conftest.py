"""An installation with two operators, Ada and Bea, and an organization of Cat that needs help."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from models import AuditEntry, Organization, User
from server.resources import provide
from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import PASSWORD
from tests.web.reader import Reader

OPERATORS = ("ada@example.test", "bea@example.test")


def with_operators(app: Flask, settings: Settings, *operators: str) -> None:
    """Let these addresses be those of operators."""
    resources = app.extensions["downtime"]
    changed = {name: getattr(resources, name) for name in resources.__slots__}
    own = settings.model_copy(update={"environment": "production", "operators": operators})
    provide(app, type(resources)(**changed | {"settings": own}))


def proven(reader: Reader) -> Reader:
    """Give the reader a second factor, and let the reader log in with it."""
    email = reader.api.read("me")["user"]["email"]
    _, codes = switch_on(reader.api)
    asked = reader.post("/login", email=email, password=PASSWORD)
    reader.fill(asked, "/login/code", code=codes[0])
    return reader


@pytest.fixture
def operated(app: Flask, settings: Settings) -> Flask:
    with_operators(app, settings, *OPERATORS)
    return app


@pytest.fixture
def operator(operated: Flask) -> Reader:
    return proven(Reader(operated).register(OPERATORS[0]))


@pytest.fixture
def second(operated: Flask) -> Reader:
    return proven(Reader(operated).register(OPERATORS[1]))


@pytest.fixture
def cat(operated: Flask) -> Reader:
    return Reader(operated).register("cat@example.test")


@pytest.fixture
def shop(cat: Reader) -> str:
    return str(cat.api.read("me")["organization"]["id"])


@pytest.fixture
def told(session: Session) -> Callable[[str], list[AuditEntry]]:
    """Return the entries with an action, of all chains in their order."""

    def entries(action: str) -> list[AuditEntry]:
        query = select(AuditEntry).where(AuditEntry.action == action)
        return list(session.scalars(query.order_by(AuditEntry.organization_id)))

    return entries


def key_of(session: Session, public_id: object) -> Any:  # noqa: ANN401 - a key
    return session.scalars(select(Organization.id).filter_by(public_id=public_id)).one()


def user_of(session: Session, email: str) -> User:
    return session.scalars(select(User).filter_by(email=email)).one()
