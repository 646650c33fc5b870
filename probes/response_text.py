"""The body of an answer as text. The server names the charset, so only known ones are accepted."""

import re
from contextlib import suppress

# Other decoders may be slow or not produce text, and the server chooses the name.
_CHARSET = re.compile(
    r"charset=[\"']?(utf-?8|utf-?16(?:le|be)?|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]"
    r"|shift_jis|euc-(?:jp|kr)|gb(?:k|2312|18030)|big5)\b",
    re.IGNORECASE,
)

_SLOW_TO_MEND = ("utf-16", "utf16", "iso-8859", "windows-125")
"""Charsets in which each invalid byte costs 150 ns, and all of 1 MiB may be invalid."""
_MOST_MENDED = 256 * 1024


def charset_text(body: bytes, content_type: str) -> str:
    """Decode a body; invalid bytes become replacement characters.

    In a charset that is slow to repair, a body with an invalid byte is decoded only at its
    beginning.
    """
    match = _CHARSET.search(content_type)
    name = match[1].lower() if match else "utf-8"
    with suppress(LookupError):
        if name.startswith(_SLOW_TO_MEND):
            with suppress(UnicodeDecodeError):
                return body.decode(name)
            body = body[:_MOST_MENDED]
        return body.decode(name, errors="replace")
    return body.decode("utf-8", errors="replace")
