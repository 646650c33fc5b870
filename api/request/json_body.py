"""Strict parsing of bodies and query strings, before any schema sees them.

Values that the database or a later parser cannot handle are refused here, for all routes.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from services.errors import Invalid

DEEPEST = 20
MOST_ITEMS = 1000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class BodyParser(FlaskParser):
    """Parses JSON and query strings. Unknown fields are refused."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs' name for it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": None,
        "query": ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ANN401, ARG002
        if not req.is_json:
            raise UnsupportedMediaType("Send the body as application/json.")
        value = parsed(req.get_data())
        refuse_unstorable(value)
        return value

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ANN401
        refuse_unstorable(req.args.to_dict(flat=False))
        return super().load_querystring(req, schema)

    def handle_error(self, error: ma.ValidationError, *_: object, **__: object) -> NoReturn:
        located = error.messages if isinstance(error.messages, dict) else {"json": error.messages}
        problems: dict[str, list[str]] = {}
        for messages in located.values():
            problems |= flattened(messages)
        raise Invalid(problems) from error


def parsed(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_without_repeats, parse_constant=_no_number
        )
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from error
    except ValueError as error:
        raise BadRequest("The body is not valid JSON.") from error


def refuse_unstorable(value: object) -> None:
    """Raise `Invalid` with each place that is too deep, too long or impossible to store."""
    problems = {".".join(path) or "body": [problem] for path, problem in _unstorable(value, ())}
    if problems:
        raise Invalid(problems)


def flattened(messages: Any, path: str = "") -> dict[str, list[str]]:  # noqa: ANN401 - nested
    """Return marshmallow's nested messages as sentences by dotted path."""
    if not isinstance(messages, Mapping):
        texts = messages if isinstance(messages, list) else [messages]
        return {path or "body": [str(text) for text in texts]}
    problems: dict[str, list[str]] = {}
    for key, inner in messages.items():
        step = path if key == "_schema" else f"{path}.{key}".lstrip(".")
        problems |= flattened(inner, step)
    return problems


def _unstorable(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(path) > DEEPEST:
        yield path[:3], f"May be nested at most {DEEPEST} levels deep."
    elif isinstance(value, str) and not _is_storable(value):
        yield path, "Contains characters that cannot be stored."
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, "Must be a finite number."
    elif isinstance(value, dict | list):
        if len(value) > MOST_ITEMS:
            yield path, f"May have at most {MOST_ITEMS} items."
            return
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if not _is_storable(str(key)):
                yield path, "Contains characters that cannot be stored."
            else:
                yield from _unstorable(inner, (*path, str(key)))


def _is_storable(text: str) -> bool:
    """Return whether the database can store the text: no NUL, and no half of a surrogate pair."""
    return not _UNSTORABLE.search(text)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadRequest("The body contains a field twice.")
    return found


def _no_number(name: str) -> NoReturn:
    raise BadRequest(f"The body is not valid JSON: {name} is not a JSON number.")
