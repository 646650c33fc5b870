"""An engine that runs, and a way to ask it for one check."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from queue import Empty, SimpleQueue

import pytest

from probes.base import ProbeResult, Target
from probes.engine.engine import Engine
from probes.network.resolver import Lookup, system_lookup
from probes.registry import KINDS
from security.egress.guard import EgressPolicy
from tests.servers.certificates import Certificates


def _can_bind(host: str) -> bool:
    try:
        with socket.create_server((host, 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


LOOPBACKS = ("127.0.0.1", "::1") if _can_bind("::1") else ("127.0.0.1",)
"""Machines without IPv6 have only the first."""


def target(
    url: str,
    *,
    timeout: float = 5,
    latency_threshold_ms: int | None = None,
    kind: str = "http",
    **settings: object,
) -> Target:
    wanted = target_of(kind, url, settings, timeout=timeout)
    return replace(wanted, latency_threshold_ms=latency_threshold_ms)


def target_of(kind: str, url: str, settings: Mapping[str, object], *, timeout: float = 5) -> Target:
    return Target(
        kind=kind,
        url=url,
        timeout_seconds=timeout,
        latency_threshold_ms=None,
        settings=KINDS[kind].settings.model_validate(settings),
    )


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is sure to happen soon."""
    ends_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.005)


class Prober:
    """Submits one check after another, and proves of each that it ends in time and only once."""

    def __init__(
        self, policy: EgressPolicy, *, cafile: str | None = None, lookup: Lookup = system_lookup
    ) -> None:
        self._results: SimpleQueue[tuple[object, ProbeResult]] = SimpleQueue()
        self.engine = Engine(
            100,
            policy,
            lambda key, result: self._results.put((key, result)),
            cafile=cafile,
            lookup=lookup,
        )
        self._last = 0

    def __call__(
        self,
        url: str,
        *,
        timeout: float = 5,
        latency_threshold_ms: int | None = None,
        kind: str = "http",
        **settings: object,
    ) -> ProbeResult:
        return self.check(
            target(
                url,
                timeout=timeout,
                latency_threshold_ms=latency_threshold_ms,
                kind=kind,
                **settings,
            )
        )

    def check(self, wanted: Target) -> ProbeResult:
        self._last += 1
        started, lost = time.monotonic(), self.engine.lost_seconds
        self.engine.submit(self._last, wanted)
        key, result = self._results.get(timeout=2 * wanted.timeout_seconds + 30)
        took = time.monotonic() - started
        assert key == self._last
        if self.engine.lost_seconds == lost:
            # An engine that was held up may try again, which takes another timeout.
            assert took < wanted.timeout_seconds + 10
        return result

    def next(self, timeout: float) -> tuple[object, ProbeResult]:
        """Wait for a result of what was submitted to the engine itself."""
        return self._results.get(timeout=timeout)

    def is_silent(self) -> bool:
        """Tell whether nothing was delivered twice."""
        try:
            self._results.get(timeout=0.05)
        except Empty:
            return True
        return False


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def probe(certificates: Certificates) -> Iterator[Prober]:
    """One engine for all tests of the session: whatever a site did, it has to go on."""
    prober = Prober(EgressPolicy("any"), cafile=str(certificates.cafile))
    prober.engine.start()
    yield prober
    assert prober.is_silent()
    prober.engine.stop(0)


@pytest.fixture
def nobody() -> str:
    """Return the address of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
