"""Readers of the pages, over the savepoint connection of the test."""

import pytest
from flask import Flask

from tests.web.reader import Reader


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
