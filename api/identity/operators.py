"""Who may see the figures of the whole system, which are no customer's business."""

from hmac import compare_digest

from flask import request

from api.resources import resources


def is_operator() -> bool:
    """Tell whether the request has the operator's token, or this is no production.

    Where a request comes from says nothing: a proxy has a private address, whoever it serves, and may
    be told to hide them.
    """
    settings = resources().settings
    if settings.environment == "development":
        return True
    token = settings.metrics_token.get_secret_value()
    given = (request.authorization.token if request.authorization else None) or ""
    return bool(token) and compare_digest(given.encode(), token.encode())
