"""Entity tags: nobody is sent what they have, and nobody writes over what they have not seen.

A tag is `"<what was set>-<all that is shown>"`, two hashes. If-None-Match asks about all; If-Match
asks about what was set, since the state of a monitor changes by itself from minute to minute
(docs/development/adr/0019).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, PreconditionFailed, PreconditionRequired

from api.identity.principal import Call
from api.resources import resources
from services import locks

_MOVING = {
    "state",
    "region_states",
    "expiries",
    "heartbeat",
    "active_until",
    "next_occurrences",
    "last_used_at",
}
"""What changes by itself. Its name is the same wherever it is shown."""

_CHANGES = {"PATCH", "PUT", "DELETE"}


@dataclass(frozen=True, slots=True)
class Tag:
    set: str
    shown: str

    def __str__(self) -> str:
        return f"{self.set}-{self.shown}"


def guard(call: Call, path: Mapping[str, object]) -> None:
    """Let a change wait for its turn, and refuse it if what it was made for is not there any more."""
    if request.method not in _CHANGES or not _is_one_thing():
        return
    locks.take_change(call.session, call.organization_id, request.path)
    if "If-Match" in request.headers:
        _refuse_unseen(call, path)
    elif resources().settings.require_if_match and _reader() is not None:
        raise PreconditionRequired("Send the ETag of what you saw as If-Match.")


def tagged(answer: ResponseReturnValue) -> ResponseReturnValue:
    """Give what is shown of one thing its tag, or answer 304 if that is what the client has."""
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
        raise PreconditionFailed("What is here has no ETag; leave out If-Match.")
    tag = _tag(make_response(read(call, **path)))
    # What was read before the change locks it may be older than what the change finds.
    call.session.expire_all()
    # An empty tag is read as none.
    seen = {given.partition("-")[0] for given in request.if_match.as_set() if given}
    if not request.if_match.star_tag and (tag is None or tag.set not in seen):
        raise PreconditionFailed("This was changed since. Look again, and send its new ETag.")


def _reader() -> Any:  # noqa: ANN401 - the function of whichever route it is
    """Return the function that shows what the request would change; none if nothing does."""
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(method="GET")  # type: ignore[union-attr]  # there is a request
    except MethodNotAllowed:
        return None
    # Below the wrapper of the blueprint, which would open a transaction of its own.
    return vars(current_app.view_functions[endpoint])["__wrapped__"]


def _tag(response: Response) -> Tag | None:
    """Return the tag of an answer; none unless it shows one thing, readable."""
    if response.status_code != 200 or not response.is_json:  # noqa: PLR2004
        return None
    shown = response.get_json()
    if not isinstance(shown, dict):
        return None
    lasting = {name: value for name, value in shown.items() if name not in _MOVING}
    return Tag(_hash(lasting), _hash(shown))


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:24]
