"""Which checks also look at when the certificate runs out: the first of a monitor, then one an hour."""

from domain.evaluation.outcome import Outcome
from probes.base import ProbeResult

_SECONDS = 3600.0
_MOST = 200_000
"""Monitors that are remembered; of all others the next check looks."""


class CertificateCheckThrottle:
    """For one thread that begins checks and one that takes their results."""

    def __init__(self) -> None:
        self._rests: dict[tuple[int, int], float] = {}

    def comes(self, monitor_id: int, version: int, now: float) -> bool:
        """Tell whether a check that begins now, in unix seconds, is to look."""
        return self._rests.get((monitor_id, version), 0.0) <= now

    def done(self, monitor_id: int, version: int, result: ProbeResult, now: float) -> None:
        """Let the monitor rest for an hour, unless its check failed before there was anything to see."""
        failed_early = result.expiry is None and result.outcome is not Outcome.UP
        if failed_early or not self.comes(monitor_id, version, now):
            return
        if len(self._rests) >= _MOST:
            self._rests.clear()
        self._rests[monitor_id, version] = now + _SECONDS
