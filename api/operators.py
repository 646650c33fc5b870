"""Who may see the figures of the whole system, which are no customer's business."""

from ipaddress import ip_address

from flask import request

from api.resources import resources

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


def is_operator() -> bool:
    """Tell whether the request comes straight from a private address, or this is no production.

    What a proxy forwards comes from the world, whatever address the proxy itself has.
    """
    if resources().settings.environment == "development":
        return True
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        peer = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return peer.is_loopback or peer.is_private
