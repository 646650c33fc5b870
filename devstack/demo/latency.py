"""How long an answer of the shop takes: longer in the evening, now and then far longer."""

import math
from random import Random

_DAY = 86_400
_BUSIEST = 19 * 3600
"""The second of the day, in UTC, at which most people buy."""
_SWING = 0.25
_SPREAD = 0.16
_SPIKE_CHANCE = 0.01


def milliseconds(usual: float, unix_seconds: float, random: Random) -> float:
    """Draw the latency at a moment of a server that usually takes `usual` milliseconds."""
    tide = math.cos(2 * math.pi * (unix_seconds - _BUSIEST) / _DAY)
    spike = random.uniform(2, 4) if random.random() < _SPIKE_CHANCE else 1
    return usual * (1 + _SWING * tide) * random.lognormvariate(0, _SPREAD) * spike


def steady(usual: float, random: Random) -> float:
    """Draw the latency of an overloaded server: so close to `usual` that its state stays."""
    return usual * random.uniform(0.92, 1.1)
