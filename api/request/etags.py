"""Entity tags: unchanged answers are not sent again, and no change overwrites an unseen one.

A tag is `"<hash of the user-set values>-<hash of everything shown>"`. If-None-Match compares both.
If-Match compares the first only, because the state of a monitor changes by itself from minute to
minute (docs/development/adr/0019).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, PreconditionFailed, PreconditionRequired

from domain.versions import version
from server.identity.principal import Call
from server.resources import resources
from services import locks

_MOVING = {
    "state",
    "region_states",
    "expiries",
    "heartbeat",
    "active_until",
    "next_occurrences",
    "last_used_at",
    "status",
}
"""Values that change by themselves. Each has the same name wherever it is shown."""

_CHANGES = {"PATCH", "PUT", "DELETE"}


@dataclass(frozen=True, slots=True)
class Tag:
    set: str
    shown: str

    def __str__(self) -> str:
        return f"{self.set}-{self.shown}"


def guard(call: Call, path: Mapping[str, object]) -> None:
    """Serialize changes of one resource, and refuse a change whose If-Match is outdated."""
    if request.method not in _CHANGES or not _is_one_thing():
        return
    locks.take_change(call.session, call.organization_id, request.path)
    if "If-Match" in request.headers:
        _refuse_unseen(call, path)
    elif resources().settings.require_if_match and _reader() is not None:
        raise PreconditionRequired("Send the ETag of the version to change as If-Match.")


def tagged(answer: ResponseReturnValue) -> ResponseReturnValue:
    """Add the tag to the answer for one resource, or return 304 if the client has that version."""
    if request.method not in {"GET", "HEAD", "PATCH"} or not _is_one_thing():
        return answer
    response = make_response(answer)
    tag = _tag(response)
    if tag is not None:
        response.set_etag(str(tag))
        if request.method != "PATCH":
            response.make_conditional(request)
    return response


def _is_one_thing() -> bool:
    rule = request.url_rule
    return rule is not None and rule.rule.endswith(">")


def _refuse_unseen(call: Call, path: Mapping[str, object]) -> None:
    read = _reader()
    if read is None:
        raise PreconditionFailed("This resource has no ETag. Omit If-Match.")
    tag = _tag(make_response(read(call, **path)))
    # Values that were read before the lock may be older than those the change finds.
    call.session.expire_all()
    # An empty tag counts as none.
    seen = {given.partition("-")[0] for given in request.if_match.as_set() if given}
    if not request.if_match.star_tag and (tag is None or tag.set not in seen):
        raise PreconditionFailed("The resource has changed. Get it again, and send its new ETag.")


def _reader() -> Any:  # noqa: ANN401 - the function of whichever route it is
    """Return the function that shows the resource to change, or None if there is none."""
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(method="GET")  # type: ignore[union-attr]  # there is a request
    except MethodNotAllowed:
        return None
    # Below the blueprint's wrapper, which would open a transaction of its own.
    return vars(current_app.view_functions[endpoint])["__wrapped__"]


def _tag(response: Response) -> Tag | None:
    """Return the tag of an answer, or None unless it shows one resource in plain JSON."""
    if response.status_code != 200 or not response.is_json:  # noqa: PLR2004
        return None
    shown = response.get_json()
    if not isinstance(shown, dict):
        return None
    lasting = {name: value for name, value in shown.items() if name not in _MOVING}
    return Tag(version(lasting), version(shown))
