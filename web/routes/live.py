"""The version of what the reader's organization sees, for pages that no stream reaches."""

from http import HTTPStatus

from flask import Response, jsonify

from domain.hints import polled
from domain.permissions import Permission
from server.identity.principal import Call
from server.request import versions
from services.errors import Unauthenticated
from web.routing import Pages

pages = Pages("live")


@pages.page("/live/v", permission=Permission.PROFILE_READ)
def version(call: Call) -> Response:
    """Answer with the version. While Redis fails, nobody knows whether the page is still true."""
    found = versions.of_request()
    if found is None:
        return Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
    return jsonify(v=polled(found.number, call.organization_id, call.now.timestamp()))


@pages.errorhandler(Unauthenticated)
def _ended(_: Unauthenticated) -> Response:
    """Tell a script that the session is over, where a person would be sent to the login."""
    return Response(status=HTTPStatus.UNAUTHORIZED)
