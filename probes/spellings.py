"""How a site may write a secret that it repeats: as it is, or escaped for the place it stands in."""

import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

_QUOTATION_MARKS = (
    ("&quot;", "&#x27;"),
    ("&quot;", "&apos;"),
    ("&quot;", "&#39;"),
    ("&quot;", "&#039;"),
    ("&#34;", "&#39;"),
)
"""How XML, Python, PHP, Jinja and Go escape the two quotation marks."""
_PRINTABLE = range(0x20, 0x7F)


def spellings(secret: str) -> list[str]:
    """Return each way to write a secret once, the plain one first."""
    return list(dict.fromkeys((secret, *_in_urls(secret), *_in_json(secret), *_in_markup(secret))))


def _in_urls(secret: str) -> Iterator[str]:
    for encoded in (quote(secret, safe=""), quote_plus(secret)):
        yield encoded
        yield _with_small_digits(encoded)


def _with_small_digits(encoded: str) -> str:
    first, *others = encoded.split("%")
    return "%".join((first, *(each[:2].lower() + each[2:] for each in others)))


def _in_json(secret: str) -> Iterator[str]:
    for is_ascii in (True, False):
        written = json.dumps(secret, ensure_ascii=is_ascii)[1:-1]
        yield written
        yield written.replace("/", r"\/")


def _in_markup(secret: str) -> Iterator[str]:
    text = html.escape(secret, quote=False)
    yield text
    for double, single in _QUOTATION_MARKS:
        yield text.replace('"', double)
        yield text.replace('"', double).replace("'", single)
    # As `probes.async_probe.quoted` writes what is not printable ASCII.
    yield "".join(chr(byte) if byte in _PRINTABLE else "·" for byte in secret.encode())
