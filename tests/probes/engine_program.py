"""A process with one engine, for tests that stop it or starve it: prints each result as JSON.

python -m tests.probes.engine_program URL TIMEOUT [MOST_OPEN_FILES [BEGINS_WITHIN [AGAIN_WITHIN]]]

The lookup of `waits.test` says so in a line, and ends with a line of input. So the probe begins long
before its request leaves.
"""

import json
import os
import resource
import sys
import threading
from collections.abc import Sequence

from probes.base import ProbeResult, Target
from probes.boottime import boottime
from probes.engine.engine import Engine
from probes.network.resolver import system_lookup
from security.egress.guard import EgressPolicy
from tests.probes.conftest import target

WAITS = "waits.test"
ASKED = "asked"


def main(
    url: str,
    timeout: str,
    most_open_files: str = "",
    begins_within: str = "inf",
    again_within: str = "inf",
) -> None:
    ended = threading.Event()
    noted: list[float] = []

    def note_begin(_key: object, began: float, lost_seconds: float) -> None:
        noted[:] = began, lost_seconds

    def deliver(_key: object, result: ProbeResult) -> None:
        _say(json.dumps([result.outcome, result.cause.word, result.detail, *noted]))
        ended.set()

    if most_open_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(most_open_files), int(most_open_files)))
    engine = Engine(10, EgressPolicy("any"), deliver, lookup=_lookup)
    engine.note_begin = note_begin
    engine.start()
    if most_open_files:
        _use_up_descriptors()
    now = boottime()
    engine.submit(
        "only",
        _target(url, float(timeout)),
        start_before=now + float(begins_within),
        retry_before=now + float(again_within),
    )
    ended.wait(60)
    engine.stop(0)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - its output


def _lookup(host: str) -> Sequence[str]:
    if host != WAITS:
        return system_lookup(host)
    _say(ASKED)
    sys.stdin.readline()
    return ["127.0.0.1"]


def _target(url: str, timeout: float) -> Target:
    if url.startswith("tcp:"):
        return target(url, timeout=timeout, kind="tcp", expect="ready")
    return target(url, timeout=timeout)


def _use_up_descriptors() -> None:
    try:
        while True:
            os.dup(0)
    except OSError:
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
