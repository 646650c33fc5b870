"""What happened in the shop in the thirty days before a moment: the same story every time.

It ends in the state in which the sites of `devstack.demo.site` keep it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from devstack.demo import site
from devstack.demo.story.failures import (
    BAD_GATEWAY,
    CRASHED,
    REFUSED,
    SLOW,
    TIMED_OUT,
    UNHEALTHY,
)
from devstack.demo.story.jobs import nightly, weekly
from devstack.demo.story.outages import burning, drawn, going_on, slow_now
from devstack.demo.story.past import BLIND_DAYS, DAY, DAYS, Story, Watched

_SEED = 1912
_ORDER = (
    {"name": "open the shop", "url": "/shop"},
    {"name": "log in", "url": "/login"},
    {"name": "check out", "url": "/checkout"},
)


def until(now: datetime) -> Story:
    """Return the story that ends at this moment."""
    random = Random(_SEED)  # noqa: S311 - no secret
    blind = now - BLIND_DAYS * DAY
    return Story(
        start=now - DAYS * DAY,
        now=now,
        blind=(blind, blind + timedelta(minutes=25)),
        monitors=(
            *_shop(random, now),
            *_pages(random, now),
            *_office(random, now),
            nightly(random, now),
            weekly(random, now),
        ),
    )


def _shop(random: Random, now: datetime) -> Sequence[Watched]:
    return (
        Watched(
            name="Shop front page",
            interval=30,
            milliseconds=site.PAGES["/shop"].milliseconds,
            tags=("shop",),
            is_urgent=True,
            slo=99.9,
            outages=drawn(random, now, [BAD_GATEWAY, TIMED_OUT], 2),
        ),
        Watched(
            name="Checkout API",
            interval=30,
            milliseconds=site.PAGES["/checkout"].milliseconds,
            tags=("shop", "payments"),
            is_urgent=True,
            slo=99.95,
            outages=(*drawn(random, now, [CRASHED, TIMED_OUT], 2), *burning(now)),
        ),
        Watched(
            name="Product search",
            interval=30,
            milliseconds=70,
            tags=("shop",),
            is_urgent=True,
            outages=(*drawn(random, now, [TIMED_OUT, UNHEALTHY], 3), going_on(now)),
        ),
        Watched(
            name="Order from start to end",
            kind="multistep",
            settings={"steps": _ORDER},
            milliseconds=sum(site.PAGES[step["url"]].milliseconds for step in _ORDER),
            tags=("shop", "payments"),
        ),
    )


def _pages(random: Random, now: datetime) -> Sequence[Watched]:
    return (
        Watched(
            name="Customer login",
            milliseconds=site.PAGES["/login"].milliseconds,
            tags=("shop",),
            is_urgent=True,
            outages=drawn(random, now, [BAD_GATEWAY], 1),
        ),
        Watched(
            name="Images CDN",
            milliseconds=90,
            tags=("shop",),
            slow_above=800,
            outages=(*drawn(random, now, [SLOW, TIMED_OUT], 3), slow_now(now)),
        ),
    )


def _office(random: Random, now: datetime) -> Sequence[Watched]:
    return (
        Watched(
            name="Orders database",
            kind="tcp",
            milliseconds=0.6,
            tags=("infrastructure",),
            is_urgent=True,
            outages=drawn(random, now, [REFUSED], 1),
        ),
        Watched(
            name="Mail relay",
            kind="smtp",
            milliseconds=2.4,
            tags=("infrastructure",),
            outages=drawn(random, now, [TIMED_OUT], 2),
        ),
        Watched(
            name="Warehouse stock",
            milliseconds=site.PAGES["/stock"].milliseconds,
            tags=("warehouse",),
            outages=drawn(random, now, [BAD_GATEWAY, CRASHED], 2),
        ),
        Watched(
            name="Office VPN",
            kind="tcp",
            milliseconds=0.5,
            tags=("office",),
            paused_at=now - 5 * DAY,
        ),
        Watched(name="This API", interval=10, milliseconds=3.5),
    )
