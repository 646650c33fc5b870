"""How many streams a session, an organization, a network and this process may have open."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass


class TooManyStreamsError(Exception):
    """Another stream would exceed a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Browsers close the streams of hidden tabs, so a person needs few."""

    session: int = 12
    organization: int = 1000
    network: int = 500
    process: int = 4000


USUAL = StreamLimits()


class Places:
    """Counts the open streams."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._taken: Counter[Hashable] = Counter()

    @contextmanager
    def taken(self, *, session: bytes, organization_id: int, network: str) -> Iterator[None]:
        """Hold a place for a stream. Raise `TooManyStreamsError` if there is none."""
        wanted = self._wanted(session, organization_id, network)
        if any(self._taken[key] >= most for key, most in wanted.items()):
            raise TooManyStreamsError
        self._taken.update(wanted.keys())
        try:
            yield
        finally:
            self._taken.subtract(wanted.keys())
            for key in wanted:
                if not self._taken[key]:
                    del self._taken[key]

    def _wanted(self, session: bytes, organization_id: int, network: str) -> Mapping[Hashable, int]:
        return {
            ("session", session): self._limits.session,
            ("organization", organization_id): self._limits.organization,
            ("network", network): self._limits.network,
            "process": self._limits.process,
        }
