"""The tests of the pages fail if a page breaches its policy: the browser says so, and nothing excuses it."""

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver import Chrome

from server.request.headers import PAGE_POLICY
from tests.browser.console import complaints, unexpected
from tests.servers.wsgi import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_SINK = b"document.body.innerHTML = '<b>typed</b>';"
BREACHES = {
    "script": b"<script>document.title = 'taken'</script>",
    "handler": b"<img src=data:, onerror=\"document.title = 'taken'\">",
    "style": b'<p style="color: red">',
    "elsewhere": b"<script src=http://127.0.0.2:9/x.js></script>",
    "connection": b"<script src=/connect.js></script>",
    "sink": b"<script src=/sink.js></script>",
}


def _site(environ: "WSGIEnvironment", respond: "StartResponse") -> list[bytes]:
    """Serve a page with one breach; its path names it."""
    name = environ["PATH_INFO"].lstrip("/")
    scripts = {"sink.js": _SINK, "connect.js": b"fetch('http://127.0.0.2:9/live/events - ')"}
    kind = "text/javascript" if name in scripts else "text/html"
    respond("200 OK", [("Content-Type", kind), ("Content-Security-Policy", PAGE_POLICY)])
    return [scripts.get(name) or b"<!doctype html><link rel=icon href=data:,>" + BREACHES[name]]


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_policy_is_a_failure(chrome: Chrome, breach: str) -> None:
    complaints(chrome)
    with served(_site) as url:
        chrome.get(f"{url}/{breach}")
        assert "taken" not in chrome.title
        chrome.get("about:blank")
    assert unexpected(chrome)
