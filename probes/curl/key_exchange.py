"""Which groups a request offers when keys are exchanged over TLS (docs/development/adr/0012).

libcurl offers a post-quantum group by itself, whose key costs a tenth of a check over HTTPS. A page
that anybody may read gains nothing from it; what says anything of its own offers every group.
"""

from collections.abc import Generator
from dataclasses import replace

from probes.exchange import Request, Response

FEW_GROUPS = "X25519:P-256:P-384:P-521"


def offers_few(request: Request) -> bool:
    """Tell whether there is nothing in a request that would be worth recording for later.

    A connection that is kept must be opened with the same offer for each request that it carries.
    """
    return (
        request.url.scheme == "https"
        and not (request.offer_every_group or request.connection or request.http_version == "3")
        and not (request.headers or request.body or request.client or "?" in request.url.text)
    )


def asked(request: Request) -> Generator[Request, Response, Response]:
    """Send a request; once more, with every group, to a site that refuses the handshake."""
    response = yield request
    if response.handshake_failed and offers_few(request):
        response = yield replace(request, offer_every_group=True)
    return response
