"""Who gets how much of what is not enough for all: as much as they need, but none more than others who need more."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Owner = TypeVar("Owner", bound=Hashable)


def shares(needs: Mapping[Owner, int], room: int) -> dict[Owner, int]:
    """Return the max-min fair shares of the room, in whole numbers.

    Whoever needs least is served first: nobody is kept waiting by somebody who needs more.
    """
    left = max(0, room)
    given: dict[Owner, int] = {}
    for number, (owner, need) in enumerate(sorted(needs.items(), key=lambda item: item[1])):
        given[owner] = min(need, left // (len(needs) - number))
        left -= given[owner]
    return given


def within(owners: Sequence[Owner], room: int) -> list[int]:
    """Return the places of those things, each of an owner, for which there is room, in their order."""
    left = Counter(shares(Counter(owners), room))
    chosen = []
    for place, owner in enumerate(owners):
        if left[owner] > 0:
            left[owner] -= 1
            chosen.append(place)
    return chosen
