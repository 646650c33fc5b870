"""What conversations wait for that is no request: coroutines, beside the engine that carries requests."""

from collections.abc import Iterator
from dataclasses import replace

from domain.evaluation.outcome import Outcome
from probes.base import ProbeResult
from probes.engine.async_checks import Looking
from probes.engine.running import Running
from probes.exchange import Response
from probes.failures import Trouble
from probes.network.network import Look


class Errands:
    """All of it is for the engine's thread. Its own thread begins with the first errand."""

    def __init__(self, looking: Looking[Running]) -> None:
        self._looking = looking
        self._started = False

    def begin(self, running: Running, errand: Look) -> None:
        """Do it within the time that the check has left; `finished` gives what came of it."""
        if not self._started:
            self._looking.start()
            self._started = True
        target = replace(
            running.target, timeout_seconds=running.seconds_left, latency_threshold_ms=None
        )
        self._looking.begin(running, target, errand)

    def finished(self) -> Iterator[tuple[Running, Response]]:
        for running, result, _ in self._looking.finished():
            yield running, _response(result)

    def stop(self) -> None:
        """Break everything off; whatever waited for it is not told."""
        self._looking.stop()
        self._started = False


def _response(result: ProbeResult) -> Response:
    if result.outcome is Outcome.UP:
        return Response(address=result.address, timings=result.timings)
    trouble = Trouble(outcome=result.outcome, cause=result.cause, detail=result.detail)
    return Response(trouble=trouble, address=result.address, timings=result.timings)
