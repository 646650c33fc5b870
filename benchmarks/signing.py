"""What a signature costs: CPU per check message, for who sends it and for who reads it.

    python -m benchmarks.signing [--count 20000]

One process, no servers: the messages are those of the publisher, the keys those of the two
components.
"""

import argparse
import base64
import copy
import time
from collections.abc import Callable
from typing import Any

from benchmarks.ratios import Ratio, print_table
from security.messages.keys import MessageKeys
from security.messages.messages import Messages
from services.checks.dispatch import DueCheck
from tasks.worker.publisher import message_of

_QUEUE = "q.checks.default"
_ROUNDS = 7
_COUNT = 20_000
_ALLOWED_US = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=_COUNT, help="messages in a round")
    print_table(compare(parser.parse_args().count))


def compare(count: int = _COUNT) -> list[Ratio]:
    """Measure both sides, and put them beside what they may take."""
    sender, reader = (_messages_of(component) for component in ("dispatch", "checks"))
    sent = _check_message()
    sender.sign(sent, _QUEUE, now=time.time())
    written = copy.deepcopy(sent)
    sides = {
        "signing a check message": lambda: sender.sign(written, _QUEUE, now=time.time()),
        "verifying it": lambda: reader.verify(sent, _QUEUE, now=time.time()),
    }
    return [
        Ratio(f"{what}, beside what it may take", _us_each(act, count), _ALLOWED_US)
        for what, act in sides.items()
    ]


def _us_each(act: Callable[[], object], count: int) -> float:
    """Return the CPU of the quickest round: the others were disturbed by something."""
    return min(_round(act, count) for _ in range(_ROUNDS)) / count * 1e6


def _round(act: Callable[[], object], count: int) -> float:
    started = time.process_time()
    for _ in range(count):
        act()
    return time.process_time() - started


def _messages_of(component: str) -> Messages:
    master = MessageKeys.parse(f"m1:{base64.b64encode(bytes(32)).decode()}")
    return Messages(MessageKeys.parse(master.ring_for(component, region="default")))


def _check_message() -> dict[str, Any]:
    return message_of(DueCheck(123456, 1_800_000_000, 3, "default"), _QUEUE, tag="0" * 36)


if __name__ == "__main__":
    main()
