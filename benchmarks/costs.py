"""What the worst takes that a tenant may write: milliseconds of CPU, beside what each may hold a shared thread for.

    python -m benchmarks.costs [--times 5]

One process, no servers but those on loopback that answer as badly as they can. The inputs are those that the
tests count (`tests/costs`). A check may hold the thread of the engine for 50 ms, a request one of the API
for 1 s; keys that need a password are opened by a child, which is not counted here.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from benchmarks.ratios import Ratio, print_table
from probes.auth.base import AuthorizationError
from probes.auth.registry import SCHEMES
from services import secret_fields
from tests.costs import assertions, others, schemes

_OF_THE_ENGINE_MS = 50.0
_OF_THE_API_MS = 1000.0
_TIMES = 5

Act = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=_TIMES, help="tries of each; the best counts")
    print_table(compare(parser.parse_args().times))


def compare(times: int = _TIMES) -> list[Ratio]:
    """Measure each, and put it beside what it may take."""
    of_checks = [*_of_schemes(), *_of_assertions()]
    of_requests = [*_of_writes(), *((what, worst.act) for what, worst in others.WORST.items())]
    return [
        *(_ratio(what, act, _OF_THE_ENGINE_MS, times) for what, act in of_checks),
        *(_ratio(what, act, _OF_THE_API_MS, times) for what, act in of_requests),
    ]


def _of_schemes() -> Iterator[tuple[str, Act]]:
    for scheme in SCHEMES:
        held = schemes.stored(scheme)
        yield f"check, {scheme}", partial(schemes.check, held)


def _of_assertions() -> Iterator[tuple[str, Act]]:
    for kind, several in assertions.WORST.items():
        for number, worst in enumerate(several, 1):
            yield f"check, {kind} {number}", partial(assertions.judge, worst)
    yield "check, all assertions at once", partial(assertions.judge, assertions.ALL_AT_ONCE)


def _of_writes() -> Iterator[tuple[str, Act]]:
    for scheme in SCHEMES:
        fields = schemes.WORST[scheme].fields()
        yield f"write, {scheme}", partial(secret_fields.read, scheme, fields)


def _ratio(what: str, act: Act, allowed_ms: float, times: int) -> Ratio:
    return Ratio(what, min(_milliseconds(act) for _ in range(times)), allowed_ms, "ms")


def _milliseconds(act: Act) -> float:
    """Return the CPU of one try. A conversation may end with a refusal, after all that it took."""
    started = time.thread_time()
    with suppress(AuthorizationError):
        act()
    return (time.thread_time() - started) * 1000


if __name__ == "__main__":
    main()
