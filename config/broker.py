"""The URL of Redis, as each of the two libraries spells it."""

from urllib.parse import parse_qsl, urlsplit

_TLS = "ssl_"


def kombu_url(url: str) -> str:
    """Convert redis-py's `unix:///path?db=1` to kombu's `redis+socket:///path?virtual_host=1`.

    The parameters of `rediss://` are removed; `broker_tls` returns them. `redis://` stays the same.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix":
        database = dict(parse_qsl(parts.query)).get("db", "0")
        return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"
    if parts.scheme == "rediss":
        return parts._replace(query="").geturl()
    return url


def broker_tls(url: str) -> dict[str, str | bool] | None:
    """Return how kombu and Flower verify the certificate of the server, or None without TLS.

    As redis-py does from the URL alone: always, unless the URL disables it.
    """
    parts = urlsplit(url)
    if parts.scheme != "rediss":
        return None
    given = {name: value for name, value in parse_qsl(parts.query) if name.startswith(_TLS)}
    host = given.pop("ssl_check_hostname", "true")
    return {"ssl_cert_reqs": "required", **given, "ssl_check_hostname": host.lower() != "false"}
