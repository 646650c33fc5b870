"""Readers of the pages, over the savepoint connection of the test."""

from collections.abc import Iterator

import pytest
from celery import Celery
from flask import Flask
from sqlalchemy import Connection

from config.settings import Settings, load
from server.resources import Transactions
from tests.api.applications import Applications
from tests.web.reader import Reader


@pytest.fixture
def settings(connection: Connection) -> Settings:
    del connection  # Its servers must be known before the settings are read.
    return load()


@pytest.fixture
def app(
    applications: Applications, settings: Settings, transaction: Transactions, celery: Celery
) -> Iterator[Flask]:
    del celery  # Its broker is empty; what a request wrote is told to relays there.
    with applications.serving(settings, transaction) as app:
        yield app


@pytest.fixture
def nobody(app: Flask) -> Reader:
    """Make a reader who is not logged in."""
    return Reader(app)


@pytest.fixture
def ada(app: Flask) -> Reader:
    """Make the owner of an organization."""
    return Reader(app).register("ada@example.test")


@pytest.fixture
def eve(app: Flask) -> Reader:
    """Make the owner of another organization."""
    return Reader(app).register("eve@example.test")
