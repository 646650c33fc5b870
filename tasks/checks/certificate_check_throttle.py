"""Decides which checks read the certificate's expiry: the first of a monitor, then one an hour."""

from domain.evaluation.outcome import Outcome
from probes.base import ProbeResult

_SECONDS = 3600.0
_MOST = 200_000
"""The most monitors remembered; the next check of any other reads the expiry."""


class CertificateCheckThrottle:
    """Shared by one thread that starts checks and one that takes their results."""

    def __init__(self) -> None:
        self._rests: dict[tuple[int, int], float] = {}

    def comes(self, monitor_id: int, version: int, now: float) -> bool:
        """Return whether a check that starts now, in unix seconds, should read the expiry."""
        return self._rests.get((monitor_id, version), 0.0) <= now

    def done(self, monitor_id: int, version: int, result: ProbeResult, now: float) -> None:
        """Skip the monitor for an hour, unless its check failed before it could read the expiry."""
        failed_early = result.expiry is None and result.outcome is not Outcome.UP
        if failed_early or not self.comes(monitor_id, version, now):
            return
        if len(self._rests) >= _MOST:
            self._rests.clear()
        self._rests[monitor_id, version] = now + _SECONDS
