"""httpbin, which tells what it was sent, a realm of Kerberos, and verifiers that others wrote."""

import warnings
from collections.abc import Iterator

import pytest

from tests.probes.auth.keys import VERIFYING
from tests.probes.auth.realm import Realm
from tests.servers.kdc import kdc
from tests.servers.verifier import verifier
from tests.servers.web_servers import open_directory
from tests.servers.wsgi import served


@pytest.fixture(scope="session")
def httpbin() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from httpbin import app  # type: ignore[import-untyped]  # noqa: PLC0415 - it warns as it is imported
    with served(app) as url:
        yield url


@pytest.fixture(scope="session")
def realm() -> Iterator[Realm]:
    with open_directory() as directory, kdc(directory) as centre:
        yield Realm(centre)


@pytest.fixture(scope="session")
def node() -> Iterator[str]:
    with verifier(VERIFYING) as url:
        yield url
