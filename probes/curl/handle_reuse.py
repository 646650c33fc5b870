"""Which requests are so alike that a libcurl handle can go on from one to the next by its address alone.

Most checks are: setting every option anew for each was a tenth of what a check over HTTP costs.
"""

from probes.curl.key_exchange import offers_few
from probes.exchange import Request

HandleKey = tuple[bool, ...]


def handle_key_of(request: Request) -> HandleKey | None:
    """Return what two requests must have alike to need the same options, but for address and time.

    There is none for a request that says or asks for anything of its own.
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
