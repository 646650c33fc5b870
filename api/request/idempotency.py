"""The header Idempotency-Key: a repeated POST gets the stored answer and has no further effect.

It follows draft-ietf-httpapi-idempotency-key-header.
"""

import re
from collections.abc import Callable

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from server.identity.principal import Call
from server.resources import resources
from services import idempotency
from services.audit import acts
from services.idempotency import FIELD, Once, StoredResponse

_KEY = re.compile(r'[\x21-\x7e]{1,255}|"[\x20-\x7e]{1,253}"')
_KEPT = ("Content-Type", "Location", "Retry-After", "ETag")

PARAMETER = {
    "in": "header",
    "name": FIELD,
    "required": False,
    "description": (
        "A key that makes the request safe to repeat. A repeat under the same key"
        " gets the stored answer and has no further effect."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def served(call: Call, serve: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Serve a request, or return the stored answer to its first occurrence."""
    given = request.headers.get(FIELD)
    if given is None or request.method != "POST":
        return serve()
    once = _once(call, given)
    ring = resources().ring
    before = idempotency.begin(call.session, call.organization_id, once, ring=ring, now=call.now)
    if before is not None:
        acts.withdraw(call.session)
        return _again(before)
    response = make_response(serve())
    idempotency.remember(
        call.session, call.organization_id, once, _answer(response), ring=ring, now=call.now
    )
    return response


def _once(call: Call, key: str) -> Once:
    if not _KEY.fullmatch(key):
        raise BadRequest(f"{FIELD} must have 1 to 255 visible ASCII characters.")
    return idempotency.once(
        key=key,
        organization_id=call.organization_id,
        asking=call.principal.name,
        path=request.path,
        sent=request.query_string + b"\0" + request.get_data(),
    )


def _answer(response: Response) -> StoredResponse:
    kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
    return StoredResponse(response.status_code, kept, response.get_data())


def _again(answer: StoredResponse) -> Response:
    response = Response(answer.body, answer.status, answer.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response
