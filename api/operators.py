"""Who may see the figures of the whole system, which are no customer's business."""

from hmac import compare_digest
from ipaddress import ip_address

from flask import request

from api.resources import resources

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


def is_operator() -> bool:
    """Tell whether the request has the operator's token, or this is no production.

    Where no token is set, it must come straight from a private address: what a proxy forwards comes
    from the world, whatever address the proxy itself has.
    """
    settings = resources().settings
    if settings.environment == "development":
        return True
    if token := settings.metrics_token.get_secret_value():
        given = request.authorization.token if request.authorization else None
        return compare_digest((given or "").encode(), token.encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        peer = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return peer.is_loopback or peer.is_private
