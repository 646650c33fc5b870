"""An episode of a persistent problem: short blips neither begin nor end it, so it notifies once."""

from dataclasses import dataclass, replace
from enum import Enum, auto

BEGINS_AFTER = 60.0
"""The seconds of only unhealthy checks before an episode begins. A restart takes less."""
ENDS_AFTER = 120.0
"""The seconds of only healthy checks before an episode ends."""


class EpisodeChange(Enum):
    """The change to notify now."""

    BEGAN = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Episode:
    """Whether the episode was notified, and since when the condition contradicts that."""

    notified: bool = False
    otherwise_since: float | None = None


def advance(episode: Episode, *, well: bool, now: float) -> tuple[Episode, EpisodeChange | None]:
    """Take one check into account; `now` is in seconds of any steady clock.

    Each further check returns the change again until it was notified: store `notified` then.
    """
    if well is not episode.notified:
        return replace(episode, otherwise_since=None), None
    since = now if episode.otherwise_since is None else episode.otherwise_since
    patience = ENDS_AFTER if episode.notified else BEGINS_AFTER
    due = now - since >= patience
    change = EpisodeChange.OVER if episode.notified else EpisodeChange.BEGAN
    return replace(episode, otherwise_since=since), change if due else None


def notified(change: EpisodeChange) -> Episode:
    return Episode(notified=change is EpisodeChange.BEGAN)
