"""The bytes of an answer as text. The server names the charset, so only known ones are taken."""

import re

# Decoders of other names may be slow or not be text at all, and the server chooses the name.
_CHARSET = re.compile(
    r"charset=[\"']?(utf-?8|utf-?16(?:le|be)?|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]"
    r"|shift_jis|euc-(?:jp|kr)|gb(?:k|2312|18030)|big5)\b",
    re.IGNORECASE,
)


def charset_text(body: bytes, content_type: str) -> str:
    """Decode a body; what is not of its charset becomes a replacement character."""
    match = _CHARSET.search(content_type)
    try:
        return body.decode(match[1] if match else "utf-8", errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")
