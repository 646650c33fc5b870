"""The gallery as a site, with as much of the app behind it as its scripts ask for."""

import json
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from server.request.headers import PAGE_POLICY
from tests.web.look.gallery import page
from tests.web.look.rendered import asset_file

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Answer = tuple[int, str, bytes]
_HTML = "text/html; charset=utf-8"


def _gallery(query: dict[str, str]) -> str:
    shell = {key: value for key, value in query.items() if key != "part"}
    return page(query.get("part", "all"), shell=shell)


@dataclass
class Site:
    """Serves what `page` returns for a path, under the policy of our pages."""

    render: Callable[[dict[str, str]], str] = _gallery
    version: int = 1
    session_status: int = 204
    posts: list[dict[str, list[str]]] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)

    def __call__(self, environ: "WSGIEnvironment", respond: "StartResponse") -> list[bytes]:
        status, kind, body = self._answer(environ)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        respond(f"{status} -", [*headers, ("Content-Security-Policy", PAGE_POLICY)])
        return [body]

    def _answer(self, environ: "WSGIEnvironment") -> Answer:
        path = environ["PATH_INFO"]
        query = {key: values[0] for key, values in parse_qs(environ["QUERY_STRING"]).items()}
        if environ["REQUEST_METHOD"] == "POST":
            return self._posted(environ)
        if path.startswith("/static/"):
            kind = mimetypes.guess_type(path)[0] or "text/plain"
            return 200, kind, asset_file(path).read_bytes()
        match path:
            case "/session":
                return self.session_status, "text/plain", b""
            case "/live/v":
                return 200, "application/json", json.dumps({"v": self.version}).encode()
            case "/search":
                self.searches.append(query.get("q", ""))
                return 200, _HTML, _found(query.get("q", "")).encode()
        return 200, _HTML, self.render(query).encode()

    def _posted(self, environ: "WSGIEnvironment") -> Answer:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self.posts.append(parse_qs(environ["wsgi.input"].read(length).decode()))
        return (
            200,
            _HTML,
            b"<!doctype html><title>Sent</title><link rel=icon href=data:,><h1>Sent</h1>",
        )


def _found(text: str) -> str:
    links = "".join(
        f'<a class="hit" href="/found/{name}">{name}</a>'
        for name in ("checkout", "search", "orders")
        if text in name
    )
    return f'<!doctype html><title>Search</title><div id="results">{links}</div>'
