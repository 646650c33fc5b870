"""httpbin, which tells what it was sent, and verifiers that others wrote."""

import warnings
from collections.abc import Iterator

import pytest

from tests.probes.auth.keys import VERIFYING
from tests.servers.verifier import verifier
from tests.servers.wsgi import served


@pytest.fixture(scope="session")
def httpbin() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from httpbin import app  # type: ignore[import-untyped]  # noqa: PLC0415 - it warns as it is imported
    with served(app) as url:
        yield url


@pytest.fixture(scope="session")
def node() -> Iterator[str]:
    with verifier(VERIFYING) as url:
        yield url
