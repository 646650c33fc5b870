"""The address of Redis as the two libraries that use it spell it."""

from urllib.parse import parse_qsl, urlsplit

_TLS = "ssl_"


def kombu_url(url: str) -> str:
    """Turn redis-py's `unix:///path?db=1` into kombu's `redis+socket:///path?virtual_host=1`.

    What `broker_tls` says of `rediss://` is left out; `redis://` is the same for both.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix":
        database = dict(parse_qsl(parts.query)).get("db", "0")
        return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"
    if parts.scheme == "rediss":
        return parts._replace(query="").geturl()
    return url


def broker_tls(url: str) -> dict[str, str | bool] | None:
    """Return how kombu and Flower are to check the certificate that the server of an address shows.

    As redis-py does from the address alone: always, unless it says otherwise.
    """
    parts = urlsplit(url)
    if parts.scheme != "rediss":
        return None
    given = {name: value for name, value in parse_qsl(parts.query) if name.startswith(_TLS)}
    host = given.pop("ssl_check_hostname", "true")
    return {"ssl_cert_reqs": "required", **given, "ssl_check_hostname": host.lower() != "false"}
