"""Signed and encrypted answers: a client that requests one never gets plain data.

An answer is encrypted if `Accept` names `application/jose`, if a recipient is named, or if the
organization requires it. It never falls back to plain JSON. Without a recipient the answer is a
problem, and problems contain no data.
"""

import uuid
from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from security.jwt.jose import LARGEST, MEDIA_TYPE, Addressee, Sealer, TooLarge
from server.identity.principal import Call
from server.resources import resources
from services.errors import Invalid
from services.recipients import resolve as recipient_resolve

View = Callable[..., Any]

HEADER = "X-Recipient"
_VARY = ("Accept", HEADER)


def encryptable(view: View) -> View:
    """Make the answer of a view encryptable.

    Use it between `arguments` of a query and `response`. The query's schema has a field
    `recipient`. A page that is too large is repeated with a lower limit, and its cursor continues
    from there.
    """

    @wraps(view)
    def serve(call: Call, query: dict[str, Any], **path: object) -> Response:
        to = _addressee(call, query.pop("recipient", None))
        if to is None:
            plain: Response = view(call, query, **path)
        else:
            plain = _sealed(call, to, lambda changes: view(call, {**query, **changes}, **path))
        plain.vary.update(_VARY)
        return plain

    serve._apidoc = _documented(getattr(view, "_apidoc", {}))  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
    return serve


def _addressee(call: Call, in_query: uuid.UUID | None) -> Addressee | None:
    """Return the recipient to encrypt to, or None only if no encryption is required."""
    named = in_query or _in_header()
    wanted = named is not None or _accepted()
    if not wanted and not recipient_resolve.is_required(call.session, call.organization_id):
        return None
    return recipient_resolve.choose(call.session, call.organization_id, named, now=call.now)


def _accepted() -> bool:
    offered = ["application/json", MEDIA_TYPE]
    return request.accept_mimetypes.best_match(offered) == MEDIA_TYPE


def _in_header() -> uuid.UUID | None:
    text = request.headers.get(HEADER)
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise Invalid({"recipient": ["Not a valid UUID."]}) from error


def _sealed(
    call: Call, to: Addressee, answered: Callable[[dict[str, object]], Response]
) -> Response:
    tokens = resources().tokens
    sealer = Sealer(keys=tokens.keys(), issuer=tokens.issuer)
    changes: dict[str, object] = {}
    while True:
        answer = answered(changes).get_json()
        try:
            sealed = sealer.seal(answer, to, path=_path(), now=call.now)
        except TooLarge as error:
            changes["limit"] = _lower(answer, error.size)
        else:
            return Response(sealed, content_type=MEDIA_TYPE)


def _lower(answer: dict[str, Any], size: int) -> int:
    """Return the number of items that should fit, given the size of the page in bytes."""
    count = len(answer.get("items", ()))
    if count <= 1:
        # An answer that cannot be split is refused and never sent unencrypted.
        raise RequestEntityTooLarge(
            f"The answer has {size} bytes; at most {LARGEST} can be encrypted at once."
        )
    return min(count - 1, max(1, count * LARGEST // size))


def _path() -> str:
    """Return the path and query, which bind the answer to this request."""
    return request.full_path.removesuffix("?")


def _documented(doc: dict[str, Any]) -> dict[str, Any]:
    doc = deepcopy(doc)
    doc.setdefault("arguments", {}).setdefault("parameters", []).append(
        {
            "in": "header",
            "name": HEADER,
            "schema": {"type": "string", "format": "uuid"},
            "description": (
                "The recipient to encrypt the answer to. It has the same effect as"
                " `recipient` in the query."
            ),
        }
    )
    doc["response"]["responses"][200].append(
        {
            "description": "OK",
            "content_type": MEDIA_TYPE,
            "schema": {
                "type": "string",
                "description": "The same answer, in the claim `answer` of a nested JWT.",
            },
        }
    )
    problems = {
        "409": "No recipient is active, or several are active and none is named.",
        "413": "The answer is too large to be encrypted and cannot be split.",
    }
    for status, description in problems.items():
        doc["response"]["responses"][status] = [
            {
                "description": description,
                "content_type": "application/problem+json",
                "schema": "Problem",
            }
        ]
    return doc
