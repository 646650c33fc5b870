"""The request headers that a user may set."""

import re

MOST = 30
LONGEST_VALUE = 4096
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FRAMING = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "expect",
        "upgrade",
        "te",  # codespell:ignore te - a header of HTTP
        "trailer",
        "keep-alive",
        "http2-settings",
        "accept-encoding",
    }
)
_SECRET = frozenset({"authorization", "cookie"})


def checked_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers as they are sent, or raise `ValueError` for the first invalid one."""
    if len(headers) > MOST:
        raise ValueError(f"At most {MOST} headers are accepted.")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("A header occurs twice.")
    for name in headers:
        if checked_name(name).lower() in _SECRET:
            raise ValueError(
                f"Secrets are not accepted in headers. Put {name} into a credential,"
                " and name that in credential_ids."
            )
    return {name: checked_value(name, value) for name, value in headers.items()}


def checked_name(name: str) -> str:
    """Return the name of a header that a user may set, or raise `ValueError`."""
    if not _TOKEN.fullmatch(name):
        raise ValueError("A header name may contain only letters, digits and hyphens.")
    plain = name.lower()
    if plain in _FRAMING or plain.startswith("proxy-"):
        raise ValueError(f"The header {name} is set by the probe itself.")
    return name


def checked_value(name: str, value: str) -> str:
    """Return the value as it is sent, or raise `ValueError` without quoting it."""
    checked_name(name)
    if _CONTROL.search(value):
        raise ValueError(f"The value of {name} must not contain line breaks or control characters.")
    if len(value.encode()) > LONGEST_VALUE:
        raise ValueError(f"The value of {name} may have at most {LONGEST_VALUE} bytes.")
    return value.strip(" \t")
