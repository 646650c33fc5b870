"""Placeholders such as `{{token}}`, and how a value takes the place of one.

Each place has its own encoding. So a value can end neither the string, the parameter, the element
nor the line in which it stands, whatever a site put into it.
"""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus, unquote
from xml.sax.saxutils import escape

Value = str | int | float | bool
Values = Mapping[str, Value]

_PLACEHOLDER = re.compile(r"\{\{ ?([A-Za-z_][A-Za-z0-9_.]{0,49}) ?\}\}")
_STRING_OR_PLACEHOLDER = re.compile(
    rf'(?P<string>"(?:[^"\\]|\\.)*(?:"|\Z))|{_PLACEHOLDER.pattern}', re.DOTALL
)
"""A string of JSON that does not end goes on to the end of the text, so matching is linear."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DOTS = frozenset({".", ".."})


class UnfitValueError(ValueError):
    """A value cannot stand in this place. The text is a sentence that does not quote it."""


def names_in(template: str) -> tuple[str, ...]:
    """Return the names of the placeholders of a text, each once, in their order."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def number_in(template: str) -> int:
    """Return how many placeholders a text has."""
    return len(_PLACEHOLDER.findall(template))


def only_name(template: str) -> str | None:
    """Return the name if the text is one placeholder and nothing else."""
    match = _PLACEHOLDER.fullmatch(template)
    return match[1] if match else None


def is_well_formed(template: str) -> bool:
    """Return whether every `{{` of a text begins a placeholder."""
    return "{{" not in _PLACEHOLDER.sub("", template)


def text_of(value: Value) -> str:
    """Return a value as text: numbers and booleans as JSON writes them."""
    return value if isinstance(value, str) else json.dumps(value)


def in_url(template: str, values: Values) -> str:
    """Percent-encode every character that is not unreserved (RFC 3986, 2.3).

    Raise `UnfitValueError` if a value would make a segment of the path `.` or `..`.
    """
    filled = _filled(template, values, lambda value: quote(text_of(value), safe=""))
    if _dot_segments(filled) > _dot_segments(template):
        raise UnfitValueError("A value would change the path of the URL.")
    return filled


def in_json(template: str, values: Values) -> str:
    """Escape values within strings. Elsewhere a value is written as JSON, with its type."""

    def fill(match: re.Match[str]) -> str:
        if match["string"]:
            return _filled(match["string"], values, _within_json_string)
        return json.dumps(values[match[2]], ensure_ascii=False)

    return _STRING_OR_PLACEHOLDER.sub(fill, template)


def in_form(template: str, values: Values) -> str:
    """Encode values as `application/x-www-form-urlencoded`."""
    return _filled(template, values, lambda value: quote_plus(text_of(value)))


def in_xml(template: str, values: Values) -> str:
    """Escape values for text and for quoted attributes.

    Raise `UnfitValueError` for characters that XML 1.0 cannot represent.
    """
    return _filled(template, values, _in_xml)


def in_header(template: str, values: Values) -> str:
    """Insert values as they are. Raise `UnfitValueError` for line breaks and control characters."""
    return _filled(template, values, _in_header)


def _filled(template: str, values: Values, encode: Callable[[Value], str]) -> str:
    return _PLACEHOLDER.sub(lambda match: encode(values[match[1]]), template)


def _within_json_string(value: Value) -> str:
    return json.dumps(text_of(value), ensure_ascii=False)[1:-1]


def _in_xml(value: Value) -> str:
    text = text_of(value)
    if _NOT_XML.search(text):
        raise UnfitValueError("A value has characters that XML cannot represent.")
    return escape(text, {'"': "&quot;", "'": "&apos;"})


def _in_header(value: Value) -> str:
    text = text_of(value)
    if _CONTROL.search(text):
        raise UnfitValueError("A value has line breaks or control characters.")
    return text


def _dot_segments(url: str) -> int:
    path = url.partition("?")[0].partition("#")[0]
    return sum(unquote(segment) in _DOTS for segment in path.split("/"))
