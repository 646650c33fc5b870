"""Requests so similar that a libcurl handle needs only a new address between them.

Most checks are. Setting every option for each took a tenth of the cost of an HTTP check.
"""

from probes.curl.key_exchange import offers_few
from probes.exchange import Request

HandleKey = tuple[bool, ...]


def handle_key_of(request: Request) -> HandleKey | None:
    """Return what two requests must share to need the same options, except address and time.

    It is None for a request with anything of its own.
    """
    if request.method != "GET" or request.body is not None or request.headers:
        return None
    if request.client or request.authorities is not None or request.proxy:
        return None
    if request.http_version or request.connection is not None:
        return None
    if request.keep_headers or request.keep_tls or request.note_expiry:
        return None
    return (
        request.verify_tls,
        request.keep_evidence,
        offers_few(request),
        bool(request.near.literal),
    )
