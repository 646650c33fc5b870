"""Renders the components as the app does, with filters that need neither a request nor a database."""

from datetime import UTC, date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tests.conftest import ROOT
from web.monitors.lists import drawing

WEB = ROOT / "web"
NOW = datetime(2026, 11, 30, 22, 31, 4, tzinfo=UTC)
HASH = "0123abcd"


def environment() -> Environment:
    """Make one that fails on every name that a template forgot."""
    made = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
    )
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined] # of the extension
    made.globals["asset"] = asset
    made.filters |= {
        "at_time": _when,
        "when": _when,
        "soon": _when,
        "lately": _when,
        "ago": _ago,
        "lasting": _lasting,
        "figure": lambda number: f"{number:,}",
        "percent": lambda ratio: f"{ratio * 100:.2f} %",
        "day": _day,
        **drawing.FILTERS,
    }
    return made


def asset(path: str) -> str:
    assert (WEB / "static" / path).is_file(), path
    return f"/static/{HASH}/{path}"


def asset_file(url: str) -> Path:
    """Return the file of an address that `asset` gave."""
    return WEB / "static" / url.removeprefix(f"/static/{HASH}/")


def _when(moment: datetime) -> Markup:
    return Markup('<time datetime="{}">{:%H:%M:%S}</time>').format(moment.isoformat(), moment)


def _ago(moment: datetime, exact: bool = True) -> Markup:  # noqa: FBT001, FBT002 - a filter
    seconds = (NOW - moment).total_seconds()
    lasting = _lasting(seconds)
    mark = Markup(" data-ago") if exact else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(moment.isoformat(), mark, lasting)


def _lasting(seconds: float) -> str:
    minutes, days = int(seconds // 60), int(seconds // 86400)
    if days:
        return f"{days} d"
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
