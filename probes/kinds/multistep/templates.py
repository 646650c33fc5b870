"""What may be written in the URL, the headers and the body of a step, and the request made of it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from domain.multistep import placeholders
from domain.multistep.placeholders import UnfitValueError, Values, names_in, only_name
from probes import http_headers
from probes.urls import LONGEST, LONGEST_REDIRECT, Url, UrlError, parse_url
from security.egress.guard import OPERATORS_CHOICE, judge_url_host

_ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_PATH = re.compile(r"/(?!/)")
_AUTHORIZATION = "authorization"
_FROM_A_VALUE = re.compile(r"(?:[A-Za-z0-9-]{1,30} )?\{\{ ?[A-Za-z_][A-Za-z0-9_]{0,49} ?\}\}")
_LONGEST_HEADER = 16 * 1024
_LARGEST_BODY = 256 * 1024
_SYNTAX = "A placeholder must be written as {{name}}, with letters, digits and underscores."
_CONTENT_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
}
_FILL: Mapping[str, Callable[[str, Values], str]] = {
    "json": placeholders.in_json,
    "form": placeholders.in_form,
    "xml": placeholders.in_xml,
}


def checked_url(template: str) -> str:
    """Return the URL of a step as it is stored, or raise `ValueError`."""
    if not template or only_name(template):
        return template
    if len(template) > LONGEST:
        raise ValueError(f"A URL may have at most {LONGEST} characters.")
    _refuse_malformed(template)
    if not template.startswith("/") and names_in(origin := _origin_of(template)):
        raise ValueError(
            f"The value {names_in(origin)[0]} may stand only after the host, or be the whole URL."
        )
    filled = placeholders.in_url(template, _stand_ins(template))
    url = parse_url(f"https://a.example{filled}" if template.startswith("/") else filled)
    # A host that every policy blocks, such as the metadata service of a cloud, is refused on write.
    judge_url_host(OPERATORS_CHOICE, url.host)
    return template


def checked_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers of a step, or raise `ValueError` for the first invalid one.

    `Authorization` is no secret if an extracted value is all that it has after the scheme.
    """
    for value in headers.values():
        _refuse_malformed(value)
    derived = {
        name: http_headers.checked_value(name, value)
        for name, value in headers.items()
        if name.lower() == _AUTHORIZATION and _FROM_A_VALUE.fullmatch(value)
    }
    others = {name: value for name, value in headers.items() if name not in derived}
    if any(name.lower() == _AUTHORIZATION for name in others):
        raise ValueError(
            "Secrets are not accepted in headers. Authorization may have only an extracted value,"
            " such as Bearer {{token}}."
        )
    plain = http_headers.checked_headers(others)
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("A header occurs twice.")
    if len(headers) > http_headers.MOST:
        raise ValueError(f"At most {http_headers.MOST} headers are accepted.")
    return plain | derived


def body_problem(template: str, body_type: str) -> str | None:
    """Return what is wrong with a body: it is not of its type, or nothing escapes its values."""
    if body_type == "text":
        return (
            "A body with values must be of the type json, form or xml."
            if names_in(template)
            else None
        )
    if not placeholders.is_well_formed(template):
        return _SYNTAX
    if body_type == "json":
        try:
            json.loads(placeholders.in_json(template, _stand_ins(template)))
        except (ValueError, RecursionError):
            return "The body is not valid JSON."
    return None


def url_of(template: str, values: Values, base: Url) -> Url:
    """Return the URL of a step. Raise `UnfitValueError` if a value spoils it.

    A value that is the whole URL may be a path or a URL, as in the header `Location`.
    """
    if not template:
        return base
    if name := only_name(template):
        filled = placeholders.text_of(values[name])
        if not _ORIGIN.match(filled) and not _PATH.match(filled):
            raise UnfitValueError(f"The value {name} is neither a URL nor a path.")
    else:
        filled = placeholders.in_url(template, values)
    text = base.origin_text + filled if filled.startswith("/") else filled
    try:
        return parse_url(text, LONGEST_REDIRECT)
    except UrlError as error:
        raise UnfitValueError("A value makes the URL invalid, or too long.") from error


def literal_origin(template: str) -> str | None:
    """Return the origin that the URL of a step names itself, or None if it names none."""
    if not _ORIGIN.match(template):
        return None
    try:
        return parse_url(_origin_of(template)).origin_text
    except UrlError:
        return None


def origins_of_steps(steps: object) -> Iterator[tuple[int, str]]:
    """Yield the index of each step whose URL names an origin, and the origin.

    The steps need not be valid.
    """
    for index, step in enumerate(steps if isinstance(steps, list | tuple) else ()):
        url = step.get("url") if isinstance(step, Mapping) else None
        if isinstance(url, str) and (origin := literal_origin(url)):
            yield index, origin


def named_origins(steps: object) -> frozenset[str]:
    """Return the origins that the URLs of these steps name; the steps need not be valid."""
    return frozenset(origin for _, origin in origins_of_steps(steps))


def headers_of(
    headers: Mapping[str, str], body_type: str | None, values: Values
) -> tuple[tuple[str, str], ...]:
    """Return the headers of the request, with the type of its body unless one is given.

    Raise `UnfitValueError` if a value does not fit. `body_type` is None without a body.
    """
    filled = []
    for name, template in headers.items():
        value = placeholders.in_header(template, values)
        if len(value.encode()) > _LONGEST_HEADER:
            raise UnfitValueError(f"The header {name} is longer than 16 KiB.")
        filled.append((name, value))
    content_type = _CONTENT_TYPES.get(body_type or "")
    if content_type and not any(name.lower() == "content-type" for name in headers):
        filled.append(("Content-Type", content_type))
    return tuple(filled)


def body_of(template: str, body_type: str, values: Values) -> bytes:
    """Return the body with its values. Raise `UnfitValueError` if one does not fit."""
    fill = _FILL.get(body_type)
    body = (fill(template, values) if fill else template).encode()
    if len(body) > _LARGEST_BODY:
        raise UnfitValueError("The body is larger than 256 KiB with its values.")
    return body


def _origin_of(url: str) -> str:
    match = _ORIGIN.match(url)
    return match[0] if match else url


def _refuse_malformed(template: str) -> None:
    if not placeholders.is_well_formed(template):
        raise ValueError(_SYNTAX)


def _stand_ins(template: str) -> Values:
    return dict.fromkeys(names_in(template), 0)
