"""The text and JSON of an answer. The server chooses both, so both are bounded."""

import json
import re
from contextlib import suppress

from probes.exchange import Response

LARGEST_JSON = 256 * 1024
LARGEST_SEARCHED = 64 * 1024
"""The size in bytes of the largest document that is searched for several values."""
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_LONGEST_QUOTE = 60
_LONGEST_READ = 1000


class NotJsonError(ValueError):
    """The body is not JSON. The text names what was found instead, for a sentence about it."""


def read_json(response: Response) -> object:
    """Return the parsed body, or raise `NotJsonError`."""
    if response.truncated or len(response.body) > LARGEST_JSON:
        raise NotJsonError("an answer larger than 256 KiB")
    try:
        return json.loads(response.body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotJsonError("an answer that is not JSON") from error


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def quoted(value: object) -> str:
    """Return a server's value for a sentence: short, on one line, without hidden characters."""
    text = value if isinstance(value, str) else _as_json(value)
    plain = _INVISIBLE.sub(" ", text[:_LONGEST_READ]).strip()
    if not plain:
        return "nothing"
    return plain if len(plain) <= _LONGEST_QUOTE else f"{plain[: _LONGEST_QUOTE - 1]}…"


def _as_json(value: object) -> str:
    """Return the beginning of a value as JSON; the whole may be a document of 256 KiB."""
    pieces, length = [], 0
    # Deeply nested values can be parsed but not encoded.
    with suppress(RecursionError):
        for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
            pieces.append(piece)
            length += len(piece)
            if length > _LONGEST_READ:
                break
    return "".join(pieces)
