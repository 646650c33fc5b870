"""The exact bytes of a request, for the schemes that sign it or add to it."""

from dataclasses import replace
from urllib.parse import quote

from probes.exchange import Request

DEFAULT_CONTENT_TYPE = "text/plain; charset=utf-8"


def with_header(request: Request, name: str, value: str) -> Request:
    """Set a header, replacing any value that it had."""
    kept = tuple(each for each in request.headers if each[0].lower() != name.lower())
    return replace(request, headers=(*kept, (name, value)))


def with_cookie(request: Request, name: str, value: str) -> Request:
    """Add a cookie, replacing one of the same name."""
    pairs = [each for each in (header(request, "Cookie") or "").split("; ") if each]
    kept = [each for each in pairs if each.partition("=")[0] != name]
    return with_header(request, "Cookie", "; ".join([*kept, f"{name}={value}"]))


def with_query(request: Request, name: str, value: str) -> Request:
    """Add a parameter to the query."""
    text = request.url.text
    joint = "" if text.endswith(("?", "&")) else "&" if "?" in text else "?"
    pair = f"{quote(name, safe='')}={quote(value, safe='')}"
    return replace(request, url=replace(request.url, text=f"{text}{joint}{pair}"))


def with_content_type(request: Request) -> Request:
    """Add the type of a body, which libcurl would otherwise add after the request was signed."""
    if not request.body or header(request, "Content-Type"):
        return request
    return with_header(request, "Content-Type", DEFAULT_CONTENT_TYPE)


def header(request: Request, name: str) -> str | None:
    return next((value for key, value in request.headers if key.lower() == name.lower()), None)


def host(request: Request) -> str:
    """Return the value of the header `Host`: with the port only if it is not the default."""
    return request.url.text.split("/", 3)[2]


def target(request: Request) -> str:
    """Return the path with the query, as in the request line."""
    return "/" + request.url.text.split("/", 3)[3]


def path_and_query(request: Request) -> tuple[str, str]:
    path, _, query = target(request).partition("?")
    return path, query
