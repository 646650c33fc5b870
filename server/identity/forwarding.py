"""Client addresses behind proxies. Exactly the counted number of proxies is trusted."""

from ipaddress import ip_address

import structlog
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings

log = structlog.get_logger(__name__)


def register(app: Flask, settings: Settings) -> None:
    """Read client addresses from the headers of proxies.

    Without configured proxies, report one that appears to be present.
    """
    if settings.trusted_proxies:
        # Counted from the right, because values that a client claims are further left.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask's manual says
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0
        )
    elif settings.environment == "production":
        app.before_request(_ProxyWatch().check)


class _ProxyWatch:
    """Reports once in each process that an uncounted proxy seems to be present.

    Otherwise all clients would be counted as one: they would share its limits and block each other.
    """

    def __init__(self) -> None:
        self._said = False

    def check(self) -> None:
        if self._said or "X-Forwarded-For" not in request.headers:
            return
        if _is_near(request.remote_addr or ""):
            self._said = True
            log.error("proxy_not_counted", setting="DOWNTIME_TRUSTED_PROXIES")


def _is_near(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return address.is_private or address.is_loopback
