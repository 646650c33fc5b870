"""Machines that disagree about the time by a minute and a half, and sites that go down meanwhile."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.evidence import Site, Span
from tests.faults.oracle import judge
from tests.faults.run import undergo
from tests.servers.clocks import clock_of_python

_OFF = {
    "api.1": "-45",
    "beat.1": "+45",
    "beat.2": "-45",
    "worker-dispatch.1": "-45",
    "worker-dispatch.2": "+45",
    "worker-checks.1": "+45",
    "worker-checks.2": "-45",
    "worker-notifications.1": "-45",
    "worker-notifications.2": "+45",
    "worker-housekeeping.1": "-45",
}
_MONITORS = 20
_SECONDS = 45
_OUTAGE = Span(8, 28)


@pytest.mark.parametrize("off", ["+45", "-45"])
def test_a_process_believes_the_clock_that_it_is_given(off: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", "import time; time.sleep(0); print(time.time())"],
        env=os.environ | clock_of_python(off),
        capture_output=True,
        check=True,
    )
    assert float(asked.stdout) - time.time() == pytest.approx(int(off), abs=30)


@pytest.mark.stack
def test_invariant_10_clocks_that_are_45_seconds_off_lose_and_double_nothing(
    directory: Path,
) -> None:
    run = undergo(
        directory,
        _every_other_goes_down,
        [],
        _SECONDS,
        {name: clock_of_python(off) for name, off in _OFF.items()},
    )
    wrong = judge(run.evidence)
    assert not wrong, "\n".join([*report.lines(run), "", *wrong])
    assert sum(bool(each.messages) for each in run.evidence.watched) == _MONITORS // 2


def _every_other_goes_down(start: float) -> list[Site]:
    outage = Span(start + _OUTAGE.start, start + _OUTAGE.end)
    return [Site(outages=(outage,) if number % 2 else ()) for number in range(_MONITORS)]
