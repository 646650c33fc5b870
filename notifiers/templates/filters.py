"""The filters of templates. None makes more of a text than there is room for, and all together not much more."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, wraps
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, available_timezones

from jinja2 import pass_context
from jinja2.runtime import Context

LARGEST = 64 * 1024
"""The most characters that a template, or a filter, may make."""

METER = "what filters work on"
"""By this name, which no template can write, a rendering hands over what counts their characters."""

_LONGEST_SEPARATOR = 20
_LONGEST_FORM = 100
_FORM = "%Y-%m-%d %H:%M:%S %Z"
# Without widths, by which a short form could ask for a long text.
_DIRECTIVE = re.compile(r"%([aAbBdHIjmMpSyYzZ%])|%")


class Json(str):
    """Text that is a whole value of JSON already."""

    __slots__ = ()


class Unfit(ValueError):
    """What a filter was given does not fit; the text is shown to the user."""


def lines(value: object) -> str:
    """Return what is to be written: nothing for None; raises `Unfit` for a list or fields."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise Unfit("A list is written by a loop, or with join or tojson.")
    return str(value)


def _upper(value: object) -> str:
    return lines(value).upper()


def _lower(value: object) -> str:
    return lines(value).lower()


def _capitalize(value: object) -> str:
    text = lines(value)
    return text[:1].upper() + text[1:]


def _truncate(value: object, length: object, end: object = "…") -> str:
    """Cut what is longer, so that it has at most this length with its end."""
    text, last = lines(value), lines(end)
    if not isinstance(length, int) or length < len(last):
        raise Unfit("truncate takes a length of at least that of its end.")
    return text if len(text) <= length else text[: length - len(last)].rstrip() + last


def _default(value: object, other: object) -> object:
    """Return the other value instead of nothing."""
    return other if value is None or value == "" else value


def _join(value: object, separator: object = ", ") -> str:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unfit("join takes a list of texts.")
    if not isinstance(separator, str) or len(separator) > _LONGEST_SEPARATOR:
        raise Unfit(f"join takes a separator of at most {_LONGEST_SEPARATOR} characters.")
    return separator.join(value)


def _length(value: object) -> int:
    return len(value) if isinstance(value, list) else len(lines(value))


def _urlencode(value: object) -> str:
    return quote(lines(value), safe="")


def _time(value: object, zone: object = "UTC", form: object = _FORM) -> str:
    """Write a time as clocks of a zone show it; nothing for nothing."""
    if value is None or value == "":
        return ""
    if not isinstance(zone, str) or zone not in _zones():
        raise Unfit("time takes a time zone such as Europe/Berlin.")
    if not _is_form(form):
        raise Unfit("time takes a form such as %d.%m.%Y %H:%M.")
    try:
        return datetime.fromisoformat(str(value)).astimezone(ZoneInfo(zone)).strftime(str(form))
    except (ValueError, OverflowError):
        raise Unfit("time takes a time, such as started_at.") from None


def _is_form(form: object) -> bool:
    if not isinstance(form, str) or len(form) > _LONGEST_FORM:
        return False
    return all(_DIRECTIVE.findall(form))


def _tojson(value: object) -> Json:
    return value if isinstance(value, Json) else Json(json.dumps(value, ensure_ascii=False))


def _bounded(work: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse what has grown too large before anything else is made of it, and count it.

    That a filter takes the context also keeps Jinja from applying it while a template is compiled.
    """

    @pass_context
    @wraps(work)
    def apply(context: Context, *values: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever a template hands over
        made = work(*values, **options)
        if isinstance(made, str) and len(made) > LARGEST:
            raise Unfit(f"A filter produces more than {LARGEST} characters.")
        context[METER](sum(len(text) for text in (*values, made) if isinstance(text, str)))
        return made

    return apply


_WORK: Mapping[str, Callable[..., Any]] = {
    "upper": _upper,
    "lower": _lower,
    "capitalize": _capitalize,
    "truncate": _truncate,
    "default": _default,
    "join": _join,
    "length": _length,
    "urlencode": _urlencode,
    "time": _time,
    "tojson": _tojson,
}
FILTERS = {name: _bounded(work) for name, work in _WORK.items()}
"""By the names that templates know them by."""


@cache
def _zones() -> set[str]:
    """List the names once: each time it is a walk through many files."""
    return available_timezones()
