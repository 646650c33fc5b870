"""A gunicorn for the tests of a file."""

from collections.abc import Iterator

import pytest

from tests.servers.gunicorn import Server, gunicorn


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve as in production."""
    with gunicorn(tmp_path_factory.mktemp("gunicorn")) as server:
        yield server


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve with deadlines of half a second."""
    options = ("--worker-class", "tests.servers.served.Hasty")
    with gunicorn(tmp_path_factory.mktemp("hasty"), *options) as server:
        yield server


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve with a deadline of three seconds for each part of an answer."""
    options = ("--worker-class", "tests.servers.served.Steady")
    with gunicorn(tmp_path_factory.mktemp("steady"), *options) as server:
        yield server
