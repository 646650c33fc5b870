"""What the gallery shows: a shop whose evening goes badly."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from domain.analytics.uptime import Uptime
from domain.permissions import Permission
from services.access.access import Access
from services.analytics.bars import DayBar
from tests.web.look.rendered import NOW, environment
from web.monitors import days as shown_days

_DAY = 86400

Values = dict[str, Any]


def page(
    part: str = "all",
    *,
    monitors: list[Values] | None = None,
    shell: Mapping[str, object] | None = None,
) -> str:
    """Render the gallery, or a part of it: list, detail, form or rest."""
    data = _data() | ({"monitors": monitors} if monitors else {})
    template = environment().get_template("components/gallery.html")
    return template.render(part=part, data=data, shell=frame(**(shell or {})))


def frame(**changes: object) -> Values:
    """Return what the layout is told of the reader and of the organization."""
    counts = {"down": 3, "degraded": 2, "up": 9991, "unknown": 1, "maintenance": 1, "paused": 12}
    return {
        "organization_name": "Example Shop",
        "organizations": [{"name": "Example Shop", "id": "1"}, {"name": "Warehouse", "id": "2"}],
        "user_email": "ada@shop.example",
        "active": "monitors",
        "truth": {**counts, "as_of": NOW},
        "open_incidents": 3,
        "duty": {"name": "Ada Primary", "until": NOW + timedelta(hours=9), "then": "Secondary"},
        "may": {"monitor:write"},
        "access": Access(frozenset({Permission.MONITOR_WRITE, Permission.INCIDENT_WRITE}), {}),
        "live_url": None,
        "locale": "en",
        "direction": "ltr",
        "is_operator": True,
        "notices": [{"kind": "info", "text": "This organization shows demo data."}],
        **changes,
    }


def days(seed: int, *, watched: int = 90, bad: float = 0.06) -> list[DayBar]:
    """Return ninety days, the last `watched` of which were monitored."""
    random = Random(seed)
    return [
        _day(random, NOW.date() - timedelta(days=89 - n), watched=n >= 90 - watched, bad=bad)
        for n in range(90)
    ]


def _day(random: Random, day: date, *, watched: bool, bad: float) -> DayBar:
    if not watched:
        return DayBar(day, Uptime(up=0, down=0, unknown=0))
    lost = dict.fromkeys(("down", "degraded", "unknown", "maintenance"), 0)
    for name in lost:
        if random.random() < bad:
            lost[name] = int(_DAY * random.choice((0.01, 0.05, 0.2, 0.2)))
    degraded = lost.pop("degraded")
    up = _DAY - sum(lost.values())
    return DayBar(day, Uptime(up=up, **lost), degraded, is_calm=up == _DAY and not degraded)


def _data() -> Values:
    begin = int(NOW.timestamp()) - _DAY
    times = [begin + n * 600 for n in range(144)]
    median = [
        round(180 + 40 * math.sin(n / 12) + (500 if 118 < n < 124 else 0)) for n in range(144)
    ]
    worst: list[int | None] = [round(each * 1.9) for each in median]
    worst[60:66] = [None] * 6
    cause = "503 Service Unavailable, expected 200 to 299"
    began = (("a", "30 Nov 22:19", "12 min"), ("b", "21 Nov 04:02", "1 h 3 min"))
    return {
        "now": NOW - timedelta(minutes=12),
        "chips": _chips(),
        "monitors": _monitors(),
        "days": shown_days.shown(days(7)),
        "times": times,
        "series": [
            {"name": "p50", "label": "median", "points": median},
            {"name": "p95", "label": "95 %", "points": worst},
        ],
        "outages": [(times[119], times[123])],
        "table": [["22:00", "181 ms", "340 ms"], ["22:10", "190 ms", "361 ms"]],
        "outage_rows": [
            {"id": key, "at": at, "lasted": lasted, "cause": cause} for key, at, lasted in began
        ],
        **_plans(),
    }


def _chips() -> list[Values]:
    rows: tuple[tuple[str, int, str | None], ...]
    rows = (("All", 10000, None), ("Down", 3, "down"), ("Degraded", 2, "degraded"))
    rest = (("Unknown", 1, "unknown"), ("Maintenance", 1, "maintenance"), ("Paused", 12, "paused"))
    return [
        {"label": label, "count": count, "href": "/monitors", "on": state is None}
        | ({"state": state} if state else {})
        for label, count, state in rows + rest
    ]


def _monitors() -> list[Values]:
    rows: tuple[tuple[str, str, str, int, list[str], float | None], ...] = (
        ("Checkout API", "down", "503 Service Unavailable", 12, ["payments", "eu"], 0.97413),
        ("Warehouse SFTP", "down", "Connection refused", 4, ["logistics"], 0.9802),
        ("nightly-backup", "down", "No ping since 02:45", 1140, ["jobs"], 0.991),
        ("Search", "degraded", "2.4 s, threshold 1 s", 31, ["eu", "us"], 0.99931),
        ("Orders database", "maintenance", "Version upgrade", 5, ["data"], 0.9999),
        ("Office VPN", "unknown", "No result: region eu-2 offline", 2, ["office"], 0.9981),
        ("Front page", "up", "https://shop.example/", 59040, ["web", "eu", "us", "a", "b"], 1.0),
        ("A name that is far too long for its row, as names of services are", *_LONG),
        ("Certificate", "up", "tls://shop.example:443", 129600, ["web"], 1.0),
        ("New one", "pending", "https://new.shop.example/", 0, [], None),
        ("Old shop", "paused", "https://old.shop.example/", 40000, ["web"], 0.997),
    )
    return [
        {
            "id": f"{number}",
            "href": f"/monitors/{number}",
            "name": name,
            "state": state,
            "since": NOW - timedelta(minutes=minutes),
            "under": under,
            "tags": tags,
            "days": days(number, watched=60 if number == 2 else 90, bad=0.03)
            if uptime is not None
            else [],
            "uptime": uptime,
            "points": _points(number) if uptime is not None else [],
            "latency": "p95 340 ms" if uptime is not None else "",
        }
        for number, (name, state, under, minutes, tags, uptime) in enumerate(rows)
    ]


_LONG = ("up", "https://shop.example/a/very/long/address?with=a&query=too", 90, ["dns"], 0.99991)


def _points(seed: int) -> list[int | None]:
    random = Random(seed)
    return [None if n == 20 else 180 + random.randrange(60) for n in range(48)]


def _plans() -> Values:
    def part(hours: int, kind: str, text: str = "", says: str = "") -> Values:
        return {"hours": hours, "kind": kind, "text": text, "says": says, "href": "#"}

    labels = ("Mon 30", "Tue 1", "Wed 2", "Thu 3", "Fri 4", "Sat 5", "Sun 6")
    first = date(2026, 11, 30)
    weeks = []
    for week in range(5):
        line = []
        for weekday in range(7):
            day = first + timedelta(days=week * 7 + weekday)
            upgrade = {"href": "#", "text": "Orders database: upgrade", "at": "22:00"}
            line.append(
                {
                    "day": day,
                    "number": day.day,
                    "within": day.month == 12,
                    "today": day == date(2026, 12, 1),
                    "items": [upgrade] * (day.day % 9 == 3) + [upgrade] * (day.day == 12),
                }
            )
        weeks.append(line)
    ada, until = "Ada", "until Thu 08:00"
    return {
        "weeks": weeks,
        "week_days": [{"label": each, "hours": 24, "today": each == "Tue 1"} for each in labels],
        "week_rows": [
            {"name": ada, "parts": [part(80, "shift", ada, until), part(88, "free")]},
            {
                "name": "Bob",
                "parts": [
                    part(80, "free"),
                    part(24, "shift", "Bob", "Thu 08:00 to Fri 08:00"),
                    part(12, "override", "Bob for Ada", "Fri 08:00 to 20:00"),
                    part(52, "free"),
                ],
            },
            {
                "name": "Nobody",
                "parts": [part(116, "free"), part(52, "gap", "Nobody", "from Fri 20:00")],
            },
        ],
    }
