"""The headers that routes of a kind take, for the document."""

from collections.abc import Iterable
from typing import Any

from api.request.idempotency import PARAMETER as IDEMPOTENCY_KEY
from domain.permissions import Permission

_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "description": "The ETag of what is to be changed; 412 if it was changed since.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "description": "The ETag of what was seen; 304 if it is still that.",
    "schema": {"type": "string"},
}
_NOT_MODIFIED = {"304": {"description": "It is what the client has."}}


def describe(
    doc: dict[str, Any], rule: str, methods: Iterable[str], permission: Permission | None
) -> None:
    """Add to what flask-smorest knows of a route what the blueprint reads for it."""
    changes = permission is not None and permission.changes
    parameters, responses = _of(rule, set(methods), changes=changes)
    arguments = doc.setdefault("arguments", {})
    arguments.setdefault("parameters", []).extend(dict(each) for each in parameters)
    arguments.setdefault("responses", {}).update(responses)


def _of(
    rule: str, methods: set[str], *, changes: bool
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    if "POST" in methods:
        return [IDEMPOTENCY_KEY] if changes else [], {}
    if not rule.endswith(">"):
        return [], {}
    if "GET" in methods:
        return [_IF_NONE_MATCH], _NOT_MODIFIED
    return [_IF_MATCH], {}
