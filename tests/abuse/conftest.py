"""A network of this module's own, and probes in it that may look at public sites only."""

from collections.abc import Iterator

import pytest

from config.settings import Settings
from security.egress.guard import EgressPolicy
from tests.abuse.looking import Names, Watcher
from tests.log_lines import logging_as
from tests.probes.conftest import Prober, certificates, nobody
from tests.servers.certificates import Certificates
from tests.servers.own_network import OwnNetwork, own_network

__all__ = ["certificates", "names", "network", "no_secret_in_the_log", "nobody", "probe", "watcher"]

LOUD = Settings.model_validate(
    {
        "DATABASE_URL": "postgresql://",
        "REDIS_URL": "redis://",
        "jwt_private_key": "",
        "log_level": "DEBUG",
        "log_format": "json",
    }
)


@pytest.fixture
def probe(certificates: Certificates) -> Iterator[Prober]:
    """Give an engine that is in the network of its test, whichever that is, and may go anywhere."""
    prober = Prober(EgressPolicy("any"), cafile=str(certificates.cafile))
    prober.engine.start()
    yield prober
    prober.engine.stop(0)


@pytest.fixture(scope="module")
def network() -> Iterator[OwnNetwork]:
    with own_network() as network:
        yield network


@pytest.fixture
def names() -> Names:
    """Give what the resolver of `watcher` knows; a test adds to it."""
    return Names()


@pytest.fixture
def watcher(network: OwnNetwork, names: Names) -> Iterator[Watcher]:
    prober = Prober(EgressPolicy("public"), lookup=names.look_up)
    prober.engine.start()
    yield Watcher(prober, network)
    prober.engine.stop(0)


@pytest.fixture
def no_secret_in_the_log(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Log everything, and find no secret in it afterwards."""
    with logging_as(LOUD):
        yield
    heard = capfd.readouterr()
    assert "canary" not in heard.out + heard.err
