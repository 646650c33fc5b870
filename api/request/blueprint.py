"""Routes that enforce and document their permission, unless they are open.

The function of a route gets the `Call` first, then the results of its `arguments`, then the parts
of the path by name. Its transaction is committed when it returns and rolled back when it raises.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import partial, wraps
from typing import Any

import flask_smorest
import marshmallow as ma
from flask_smorest.utils import deepupdate

from api.request import etags, idempotency
from api.request.example_ids import parameters
from api.request.header_parameters import describe
from api.request.json_body import BodyParser
from domain.permissions import FOR_PEOPLE_ONLY, Permission
from server.identity.principal import Presented, presented
from server.identity.restrictions import Reach
from server.limits import admission
from server.request import archive_reading, billing_calls, calls, slow_validation
from server.request.lifecycle import read_body

View = Callable[..., Any]

SECURITY_SCHEMES = ("bearer", "oauth2", "api_key")
"""The access token of a user, that of a service account, and an API key."""

_OPEN = "_open_route"


class Blueprint(flask_smorest.Blueprint):
    ARGUMENTS_PARSER = BodyParser()

    def arguments(
        self,
        schema: ma.Schema | type[ma.Schema],
        *,
        location: str = "json",
        **options: Any,  # noqa: ANN401 - the signature is flask-smorest's
    ) -> Callable[[View], View]:
        """Parse the body or the query by a schema. Document the examples that the schema declares."""
        if location == "json" and not {"example", "examples"} & options.keys():
            options |= _examples(schema)
        decorator: Callable[[View], View] = super().arguments(schema, location=location, **options)
        return decorator

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        provide_automatic_options: bool | None = None,  # noqa: FBT001 - the signature is Flask's
        *,
        permission: Permission | None = None,
        reach: Reach = Reach.MEMBERS,
        **options: Any,  # noqa: ANN401 - the signature is Flask's
    ) -> None:
        if view_func is not None and not hasattr(view_func, _OPEN):
            view_func = authorized(view_func, permission, reach)
            methods = options.get("methods") or ["GET"]
            describe(view_func._apidoc, rule, methods, permission)  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
        given = options.pop("parameters", None) or []
        options["parameters"] = [*given, *parameters(f"{self.url_prefix or ''}{rule}")]
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def open_route(self, rule: str, **options: Any) -> Callable[[View], View]:  # noqa: ANN401
        """Register a route for everybody. Its function gets no `Call`."""

        def decorator(view: View) -> View:
            setattr(view, _OPEN, True)
            self.add_url_rule(rule, None, view, **options)
            return view

        return decorator


def _examples(schema: ma.Schema | type[ma.Schema]) -> dict[str, Any]:
    declared = vars(schema if isinstance(schema, type) else type(schema))
    return {name: declared[name] for name in ("example", "examples") if name in declared}


def authorized(view: View, permission: Permission | None, reach: Reach = Reach.MEMBERS) -> View:
    """Serve a view in one transaction to callers that hold the permission.

    Without a permission, refuse every caller. `reach` opens the route for members whom the policy
    of their organization otherwise refuses.
    """

    @wraps(view)
    def serve(**path: object) -> Any:  # noqa: ANN401 - whatever the view returns
        shown = presented()
        read_body()
        once = partial(_in_transaction, shown, view, permission, reach, path)
        validated = partial(slow_validation.served, once)
        return archive_reading.served(partial(billing_calls.served, validated))

    setattr(serve, admission.NEEDS_LOGIN, True)
    doc = deepcopy(getattr(view, "_apidoc", {}))
    doc["manual_doc"] = deepupdate(doc.get("manual_doc", {}), _documented(permission))
    serve._apidoc = doc  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
    return serve


def _in_transaction(
    shown: Presented,
    view: View,
    permission: Permission | None,
    reach: Reach,
    path: dict[str, object],
) -> Any:  # noqa: ANN401 - whatever the view returns
    with calls.admitted(shown, permission, reach) as this:
        etags.guard(this, path)
        serve = partial(view, this, **path)
        # A repeated read is harmless, and callers who may only read store no answers.
        is_change = permission is not None and permission.changes
        return etags.tagged(idempotency.served(this, serve) if is_change else serve())


def _documented(permission: Permission | None) -> dict[str, Any]:
    scopes = [] if permission is None else [permission.value]
    documented: dict[str, Any] = {
        "security": [{scheme: scopes} for scheme in SECURITY_SCHEMES],
        "responses": {"401": "UNAUTHORIZED", "403": "FORBIDDEN"},
    }
    if permission is not None:
        documented["x-permission"] = permission.value
        if permission in FOR_PEOPLE_ONLY:
            documented["security"] = [{SECURITY_SCHEMES[0]: scopes}]
    return documented
