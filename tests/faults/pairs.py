"""Pairs of what belongs together, each in one pair at most: a maximum matching by augmenting paths."""

from collections.abc import Mapping, Sequence


def pairs(near: Sequence[Sequence[int]]) -> Mapping[int, int]:
    """Give as many as possible one of what is near each, and each to one; return who has what.

    The keys are what was given, the values who has it.
    """
    owner: dict[int, int] = {}
    for one in range(len(near)):
        _give(one, near, owner, set())
    return owner


def _give(one: int, near: Sequence[Sequence[int]], owner: dict[int, int], tried: set[int]) -> bool:
    for each in near[one]:
        if each in tried:
            continue
        tried.add(each)
        if each not in owner or _give(owner[each], near, owner, tried):
            owner[each] = one
            return True
    return False
