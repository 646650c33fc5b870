"""The request headers of routes, for the OpenAPI document."""

from collections.abc import Iterable
from typing import Any

from api.request.idempotency import PARAMETER as IDEMPOTENCY_KEY
from domain.permissions import Permission

_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "description": (
        "The ETag of the version to change. The answer is 412 if the resource has changed since."
    ),
    "schema": {"type": "string"},
}
_IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "description": (
        "The ETag of a known version. The answer is 304 if the resource has not changed since."
    ),
    "schema": {"type": "string"},
}
_NOT_MODIFIED = {"304": {"description": "The resource has not changed."}}


def describe(
    doc: dict[str, Any], rule: str, methods: Iterable[str], permission: Permission | None
) -> None:
    """Add the headers that the blueprint reads to the documentation of a route."""
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
