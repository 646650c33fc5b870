"""Detects an outage of the worker's own network, by probing references of the operator.

It is asked when a check finds its target down. A good result is valid for a second, so that a new
outage is noticed with the first failures. A bad one is valid for longer, so that failures during
the outage that are reported late are not counted against their targets.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from queue import Empty, SimpleQueue
from time import monotonic

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult, Target
from probes.engine.engine import Engine
from probes.kinds.http_settings import HttpSettings
from probes.urls import UrlError, parse_url
from security.egress.guard import OPERATORS_CHOICE

GOOD_NEWS_SECONDS = 1.0
BAD_NEWS_SECONDS = 5.0
_TIMEOUT_SECONDS = 3.0
_SETTINGS = HttpSettings(method="HEAD", follow_redirects=False, verify_tls=False)


class OwnNetwork:
    """For one thread. Without references, the network counts as reachable."""

    def __init__(
        self, references: Sequence[str], *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._targets = [_target(reference) for reference in references]
        self._clock = clock
        self._found: SimpleQueue[tuple[int, bool]] = SimpleQueue()
        self._rounds = count()
        self._is_gone = False
        self._online_until = float("-inf")
        self._engine = Engine(max(1, len(references)), OPERATORS_CHOICE, self._take)

    def start(self) -> None:
        if self._targets:
            self._engine.start()

    def stop(self) -> None:
        if self._targets:
            self._engine.stop(0)

    def judged(self, results: Sequence[ProbeResult]) -> list[ProbeResult]:
        """Return the results, with unknown instead of down if no reference is reachable either."""
        if not any(result.outcome is Outcome.DOWN for result in results) or not self.is_gone():
            return list(results)
        return [_unknown(each) if each.outcome is Outcome.DOWN else each for each in results]

    def is_gone(self) -> bool:
        """Probe the references for up to three seconds, unless the last result is still valid."""
        if self._targets and self._clock() >= self._online_until:
            self._is_gone = not self._reaches_any()
            lasts = BAD_NEWS_SECONDS if self._is_gone else GOOD_NEWS_SECONDS
            self._online_until = self._clock() + lasts
        return self._is_gone

    def _reaches_any(self) -> bool:
        this = next(self._rounds)
        for target in self._targets:
            self._engine.submit(this, target)
        missing = len(self._targets)
        while missing:
            try:
                number, reached = self._found.get(timeout=2 * _TIMEOUT_SECONDS)
            except Empty:
                return False
            # Slow results of an earlier round may arrive only now.
            if number == this and reached:
                return True
            missing -= number == this
        return False

    def _take(self, key: object, result: ProbeResult) -> None:
        """Serve as `deliver`: an established connection is enough, whatever the answer."""
        if isinstance(key, int):
            self._found.put((key, bool(result.timings.connect or result.http_status)))


def checked_reference(text: str) -> str:
    """Return a reference target; raise `ValueError` if it is neither a URL nor `host:port`."""
    try:
        return parse_url(text if "://" in text else f"http://{text}").text
    except UrlError as error:
        raise ValueError(f"Not a URL or host:port: {text}") from error


def _target(reference: str) -> Target:
    return Target(
        kind="http",
        url=checked_reference(reference),
        timeout_seconds=_TIMEOUT_SECONDS,
        latency_threshold_ms=None,
        settings=_SETTINGS,
    )


def _unknown(result: ProbeResult) -> ProbeResult:
    return replace(
        result,
        outcome=Outcome.UNKNOWN,
        cause=Cause.OWN_NETWORK,
        detail="This worker's own network was not reachable.",
        http_status=0,
        evidence=None,
    )
