"""Max-min fair shares of a limited capacity.

Each owner gets what it needs, but no more than an equal share while others need more.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Owner = TypeVar("Owner", bound=Hashable)


def shares(needs: Mapping[Owner, int], room: int) -> dict[Owner, int]:
    """Return the max-min fair shares of the room, in whole numbers.

    The smallest need is served first, so no owner waits for one that needs more.
    """
    left = max(0, room)
    given: dict[Owner, int] = {}
    for number, (owner, need) in enumerate(sorted(needs.items(), key=lambda item: item[1])):
        given[owner] = min(need, left // (len(needs) - number))
        left -= given[owner]
    return given


def within(owners: Sequence[Owner], room: int) -> list[int]:
    """Return the indexes of the items for which there is room, in their order.

    `owners` names the owner of each item.
    """
    left = Counter(shares(Counter(owners), room))
    chosen = []
    for place, owner in enumerate(owners):
        if left[owner] > 0:
            left[owner] -= 1
            chosen.append(place)
    return chosen
