"""An episode of something being wrong: begun and ended only by what lasts, so that it is told once."""

from dataclasses import dataclass, replace
from enum import Enum, auto

BEGINS_AFTER = 60.0
"""Seconds that it has to be wrong at each look before that is told: a restart is no episode."""
ENDS_AFTER = 120.0
"""Seconds that it has to be right at each look before the end is told."""


class EpisodeChange(Enum):
    """What is to be told now."""

    BEGAN = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Episode:
    """What is remembered between two looks: since when it looks otherwise than was told."""

    notified: bool = False
    otherwise_since: float | None = None


def advance(episode: Episode, *, well: bool, now: float) -> tuple[Episode, EpisodeChange | None]:
    """Take one look into account; `now` is in seconds of any clock that goes on steadily.

    A turn is due at each further look until it was told: say so with `notified`.
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
