"""Pages and the actions of their forms, each with the permission that it takes.

A page is read by GET and changes nothing. An action is sent by POST, from our own pages only. Both
get the `Call` first, then the parts of the path by name. Each runs in one transaction, which is
committed when it returns and rolled back when it raises.
"""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from http import HTTPStatus

import flask
from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from domain.permissions import Permission
from server.identity.principal import Call
from server.identity.restrictions import Reach
from server.limits import admission
from server.request import archive_reading, billing_calls, calls, slow_validation, versions
from server.request.lifecycle import read_body
from services.accounts import browser_sessions
from services.errors import Conflict, Invalid
from web import errors, etags
from web.errors import ProofNeeded
from web.forms import Form
from web.identity import same_origin, session_cookie
from web.translations import gettext as _

View = Callable[..., ResponseReturnValue]

_GUARD = "_guard"


class Pages(flask.Blueprint):
    """A blueprint whose routes deny by default: each names a permission, or says that it is open.

    `notices` are the sentences that a page shows after an action, by their names. With
    `from_anywhere`, actions come from mail programs and telephones, too: none of them may trust a
    cookie.
    """

    def __init__(
        self, name: str, *, notices: Mapping[str, str] | None = None, from_anywhere: bool = False
    ) -> None:
        super().__init__(f"web-{name}", __name__)
        self.notices = notices or {}
        if not from_anywhere:
            self.before_request(same_origin.refuse_other_sites)
        errors.handle(self)

    def page(
        self,
        rule: str,
        *,
        permission: Permission,
        live: bool = False,
        reach: Reach = Reach.MEMBERS,
    ) -> Callable[[View], View]:
        """Register a page for members with a permission.

        A `live` page depends on nothing but its address, its reader and what hints tell of. So it is
        not made again for a reader who has it (`web/etags.py`).
        """

        def decorator(view: View) -> View:
            made = _tagged(view) if live else _versioned(view)
            guarded = _served(made, permission, reach, proof=False, again=None)
            self._add(rule, "GET", view, guarded)
            return view

        return decorator

    def action(
        self,
        rule: str,
        *,
        permission: Permission,
        again: View | None = None,
        proof: bool = False,
        reach: Reach = Reach.MEMBERS,
    ) -> Callable[[View], View]:
        """Register the action of a form for members with a permission.

        `again` is the page of the form. It is shown again with what was typed, if the action raises
        `Invalid` or `Conflict`. With `proof`, the user must have given the password lately.
        """

        def decorator(view: View) -> View:
            guarded = _served(view, permission, reach, proof=proof, again=again)
            self._add(rule, "POST", view, guarded)
            return view

        return decorator

    def open_page(self, rule: str, *, method: str = "GET") -> Callable[[View], View]:
        """Register a page or an action for everybody. It gets no `Call`."""

        def decorator(view: View) -> View:
            self._add(rule, method, view, _opened(view))
            return view

        return decorator

    def _add(self, rule: str, method: str, view: View, guarded: View) -> None:
        self.add_url_rule(rule, view.__name__, guarded, methods=[method])


def permission_of(view: object) -> Permission | None:
    """Return the permission that guards a registered view, or None if it is open to everybody."""
    found: Permission | None = getattr(view, _GUARD)
    return found


def _opened(view: View) -> View:
    @wraps(view)
    def serve(**path: object) -> ResponseReturnValue:
        read_body()
        _refuse_unstorable()
        return view(**path)

    setattr(serve, _GUARD, None)
    return serve


def _versioned(view: View) -> View:
    """Read the version that the page will have before anything that it shows."""

    @wraps(view)
    def serve(call: Call, **path: object) -> ResponseReturnValue:
        versions.read(call.organization_id)
        return view(call, **path)

    return serve


def _tagged(view: View) -> View:
    @wraps(view)
    def serve(call: Call, **path: object) -> ResponseReturnValue:
        versions.read(call.organization_id)
        tag = etags.of_page(call)
        found = etags.unchanged(tag)
        if found is not None:
            return found
        response = make_response(view(call, **path))
        if tag and response.status_code == HTTPStatus.OK:
            response.set_etag(tag)
        return response

    return serve


def _refuse_unstorable() -> None:
    """Raise `Invalid` for the character that no text in the database can hold."""
    sent = request.values.items(multi=True)
    if any("\0" in text for pair in sent for text in pair):
        raise Invalid({"": [_("A text must not contain the character NUL.")]})


def _served(
    view: View, permission: Permission, reach: Reach, *, proof: bool, again: View | None
) -> View:
    @wraps(view)
    def serve(**path: object) -> ResponseReturnValue:
        shown = session_cookie.presented()
        read_body()
        _refuse_unstorable()

        def once() -> ResponseReturnValue:
            with calls.admitted(shown, permission, reach) as call:
                if proof:
                    _require_proof(call)
                return view(call, **path)

        try:
            validated = partial(slow_validation.served, once)
            return archive_reading.served(partial(billing_calls.served, validated))
        except (Invalid, Conflict) as error:
            if again is None:
                raise
            with calls.admitted(shown, permission, reach) as call:
                return _shown_again(partial(again, call, **path), error)

    setattr(serve, admission.NEEDS_LOGIN, True)
    setattr(serve, _GUARD, permission)
    return serve


def _shown_again(page: View, error: Invalid | Conflict) -> Response:
    response = make_response(page(form=Form.refused(request.form, error)))
    is_conflict = isinstance(error, Conflict)
    response.status_code = HTTPStatus.CONFLICT if is_conflict else HTTPStatus.UNPROCESSABLE_ENTITY
    return response


def _require_proof(call: Call) -> None:
    proven_at = call.principal.proven_at
    if proven_at is None or not browser_sessions.is_proven(proven_at, now=call.now):
        raise ProofNeeded
