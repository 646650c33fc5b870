"""The open streams by organization, and the pace of their hints."""

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from domain.hints import Hint
from live.streams import Stream

PAUSE_SECONDS = 0.5
"""The least time between two hints of an organization: its pages refetch after each."""


@dataclass(slots=True)
class _Group:
    streams: set[Stream] = field(default_factory=set)
    waiting: Hint | None = None
    sent_at: float = float("-inf")
    timer: asyncio.TimerHandle | None = None


class Hub:
    """Passes hints on to the streams of their organization. It belongs to one event loop."""

    def __init__(self, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._pause = pause_seconds
        self._groups: dict[int, _Group] = {}

    def __len__(self) -> int:
        return sum(len(group.streams) for group in self._groups.values())

    @property
    def organizations(self) -> Collection[int]:
        return self._groups.keys()

    def streams(self) -> Iterator[Stream]:
        for group in list(self._groups.values()):
            yield from list(group.streams)

    def enter(self, stream: Stream) -> None:
        self._groups.setdefault(stream.organization_id, _Group()).streams.add(stream)

    def leave(self, stream: Stream) -> None:
        group = self._groups[stream.organization_id]
        group.streams.discard(stream)
        if not group.streams:
            if group.timer:
                group.timer.cancel()
            del self._groups[stream.organization_id]

    def publish(self, organization_id: int, hint: Hint) -> None:
        """Pass a hint on, at once or together with those of the next half second."""
        group = self._groups.get(organization_id)
        if group is None:
            return
        group.waiting = group.waiting.merged(hint) if group.waiting else hint
        if group.timer is None:
            loop = asyncio.get_running_loop()
            wait = max(0.0, group.sent_at + self._pause - loop.time())
            group.timer = loop.call_later(wait, self._pass_on, group)

    def lose(self) -> None:
        """Let all readers know that changes may go unnoticed."""
        for stream in self.streams():
            stream.lose()

    def _pass_on(self, group: _Group) -> None:
        hint, group.waiting, group.timer = group.waiting, None, None
        group.sent_at = asyncio.get_running_loop().time()
        if hint:
            for stream in group.streams:
                stream.put(hint)
