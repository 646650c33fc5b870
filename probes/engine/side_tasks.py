"""Side tasks: coroutines that conversations wait for, beside the engine that sends requests."""

from collections.abc import Iterator
from dataclasses import replace

from domain.evaluation.outcome import Outcome
from probes.base import ProbeResult
from probes.engine.async_checks import AsyncChecks
from probes.engine.running import Running
from probes.exchange import Response
from probes.failures import Failure
from probes.network.network import AsyncProbe


class SideTasks:
    """For the engine's thread. The first side task starts the thread of the coroutines."""

    def __init__(self, looking: AsyncChecks[Running]) -> None:
        self._async_checks = looking
        self._started = False

    def begin(self, running: Running, side_task: AsyncProbe) -> None:
        """Start a task within the time left of the check; `finished` yields its result."""
        if not self._started:
            self._async_checks.start()
            self._started = True
        target = replace(
            running.target, timeout_seconds=running.seconds_left, latency_threshold_ms=None
        )
        self._async_checks.begin(running, target, side_task)

    def finished(self) -> Iterator[tuple[Running, Response]]:
        for running, result, *_ in self._async_checks.finished():
            yield running, _response(result)

    def stop(self) -> None:
        """Abort everything; waiting conversations receive no result."""
        self._async_checks.stop()
        self._started = False


def _response(result: ProbeResult) -> Response:
    if result.outcome is Outcome.UP:
        return Response(address=result.address, timings=result.timings)
    failure = Failure(outcome=result.outcome, cause=result.cause, detail=result.detail)
    return Response(failure=failure, address=result.address, timings=result.timings)
