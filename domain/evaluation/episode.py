"""An episode of something being wrong: begun and ended only by what lasts, so that it is told once."""

from dataclasses import dataclass, replace
from enum import Enum, auto

BEGINS_AFTER = 60.0
"""Seconds that it has to be wrong at each look before that is told: a restart is no episode."""
ENDS_AFTER = 120.0
"""Seconds that it has to be right at each look before the end is told."""


class Turn(Enum):
    """What is to be told now."""

    BEGAN = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Episode:
    """What is remembered between two looks: since when it looks otherwise than was told."""

    told: bool = False
    otherwise_since: float | None = None


def look(episode: Episode, *, well: bool, now: float) -> tuple[Episode, Turn | None]:
    """Take one look into account; `now` is in seconds of any clock that goes on steadily.

    A turn is due at each further look until it was told: say so with `told`.
    """
    if well is not episode.told:
        return replace(episode, otherwise_since=None), None
    since = now if episode.otherwise_since is None else episode.otherwise_since
    patience = ENDS_AFTER if episode.told else BEGINS_AFTER
    due = now - since >= patience
    turn = Turn.OVER if episode.told else Turn.BEGAN
    return replace(episode, otherwise_since=since), turn if due else None


def told(turn: Turn) -> Episode:
    return Episode(told=turn is Turn.BEGAN)
