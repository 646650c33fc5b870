"""The sites of a run: they do what their scripts say, and note when each request came in.

They live in the process of the test, which no fault stops. Their clock is that of the machine, and
so the database's: what the system says of a probe is compared with what the site saw of it.
"""

import time
from collections.abc import Sequence

from tests.faults.evidence import Request, Site, Span
from tests.servers.site import Late


class Sites:
    """Answers for the path `/7` as script number 7 says; for the thread of one `ScriptedSite`."""

    def __init__(self, scripts: Sequence[Site]) -> None:
        self.scripts = scripts
        self.requests: list[list[Request]] = [[] for _ in scripts]
        self.blips: list[Span] = []
        self._next_blip = 0.0

    def answer(self, path: str) -> Late:
        now = time.time()
        if self._next_blip:
            self.blips.append(Span(now, now + self._next_blip))
            self._next_blip = 0.0
        number = int(path[1:])
        seen = self.requests[number]
        reply = self.scripts[number].reply(now=now, request=len(seen) + 1, blips=self.blips)
        seen.append(Request(now, reply.is_good))
        return Late(reply.status, reply.seconds)

    def blip(self, seconds: float) -> None:
        """Let all sites fail for so long, from the next request on; callable from any thread."""
        self._next_blip = seconds
