"""Access to metrics of the whole system, which are not for customers."""

from hmac import compare_digest

from flask import request

from server.resources import resources


def is_operator() -> bool:
    """Return whether the request has the operator's token, or this is not production.

    The address of a request proves nothing: a proxy has a private address for every client, and may
    hide the clients.
    """
    settings = resources().settings
    if settings.environment == "development":
        return True
    token = settings.metrics_token.get_secret_value()
    given = (request.authorization.token if request.authorization else None) or ""
    return bool(token) and compare_digest(given.encode(), token.encode())
