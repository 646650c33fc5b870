"""What an answer says, as text and as JSON. The server chooses both, so both are bounded."""

import json
import re

from probes.exchange import Response

LARGEST_JSON = 256 * 1024
_MEANINGLESS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_LONGEST_QUOTE = 60


class NotJsonError(ValueError):
    """The body says nothing in JSON; the text is a part of a sentence."""


def read_json(response: Response) -> object:
    """Return what the body says; raises `NotJsonError`."""
    if response.truncated or len(response.body) > LARGEST_JSON:
        raise NotJsonError("an answer larger than 256 KiB")
    try:
        return json.loads(response.body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotJsonError("an answer that is not JSON") from error


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def quoted(value: object) -> str:
    """Write a value of the server's into a sentence: short, on one line, nothing that hides."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    plain = _MEANINGLESS.sub(" ", text).strip()
    if not plain:
        return "nothing"
    return plain if len(plain) <= _LONGEST_QUOTE else f"{plain[: _LONGEST_QUOTE - 1]}…"
