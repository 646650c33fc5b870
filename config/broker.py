"""The address of Redis as the two libraries that use it spell it."""

from urllib.parse import parse_qs, urlsplit


def kombu_url(url: str) -> str:
    """Turn redis-py's `unix:///path?db=1` into kombu's `redis+socket:///path?virtual_host=1`.

    Other forms (`redis://`, `rediss://`) are the same for both.
    """
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"
