"""The key exchange groups that a request offers in TLS (docs/development/adr/0012).

libcurl offers a post-quantum group by default, whose key costs a tenth of an HTTPS check. A public
page gains nothing from it. A request with data of its own offers every group.
"""

from collections.abc import Generator
from dataclasses import replace

from probes.exchange import Request, Response

FEW_GROUPS = "X25519:P-256:P-384:P-521"


def offers_few(request: Request) -> bool:
    """Return whether a request contains nothing worth recording for later decryption.

    A kept connection must be opened with the same offer for each of its requests.
    """
    return (
        request.url.scheme == "https"
        and not (request.offer_every_group or request.connection or request.http_version == "3")
        and not (request.headers or request.body or request.client or "?" in request.url.text)
    )


def asked(request: Request) -> Generator[Request, Response, Response]:
    """Send a request, and once more with every group if the site refuses the handshake."""
    response = yield request
    if response.handshake_failed and offers_few(request):
        response = yield replace(request, offer_every_group=True)
    return response
