"""Who a request comes from behind proxies: as many of them as the settings count are believed, and none besides."""

from ipaddress import ip_address

import structlog
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings

log = structlog.get_logger(__name__)


def register(app: Flask, settings: Settings) -> None:
    """Read client addresses from the headers of proxies; without proxies, report one that is not configured."""
    if settings.trusted_proxies:
        # Counted from the right: what a client claims stands further left.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask's manual says
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0
        )
    elif settings.environment == "production":
        app.before_request(_ProxyWatch().check)


class _ProxyWatch:
    """Says once in each process that a proxy seems to be there which the settings do not count.

    All clients would be one client then: they would share its limits, and keep each other out.
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
