"""Routes that ask for an access token unless they say otherwise, and say so in the document too.

A route's function gets the `Call` first, then what its `arguments` read, then the parts of the
path by name. Its transaction is committed when it returns and rolled back when it raises.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any

import flask_smorest
from flask_smorest.utils import deepupdate
from structlog.contextvars import bind_contextvars

from api.json_body import BodyParser
from api.manners import read_body
from api.principal import call, claims
from api.resources import resources

View = Callable[..., Any]

SECURITY_SCHEME = "bearer"
_OPEN = "_open_route"


class Blueprint(flask_smorest.Blueprint):
    ARGUMENTS_PARSER = BodyParser()

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        provide_automatic_options: bool | None = None,  # noqa: FBT001 - the signature is Flask's
        **options: Any,  # noqa: ANN401 - the signature is Flask's
    ) -> None:
        if view_func is not None and not hasattr(view_func, _OPEN):
            view_func = authenticated(view_func)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def open_route(self, rule: str, **options: Any) -> Callable[[View], View]:  # noqa: ANN401
        """Register a route for everybody; its function gets no `Call`."""

        def decorator(view: View) -> View:
            setattr(view, _OPEN, True)
            self.add_url_rule(rule, None, view, **options)
            return view

        return decorator


def authenticated(view: View) -> View:
    """Serve a view in one transaction, on behalf of whom the access token names."""

    @wraps(view)
    def serve(**path: object) -> Any:  # noqa: ANN401 - whatever the view returns
        claimed = claims()
        read_body()
        with resources().transaction() as session:
            this = call(session, claimed)
            bind_contextvars(organization_id=this.organization_id)
            answer = view(this, **path)
        for act in this.after_commit:
            act()
        return answer

    doc = deepcopy(getattr(view, "_apidoc", {}))
    doc["manual_doc"] = deepupdate(
        doc.get("manual_doc", {}),
        {"security": [{SECURITY_SCHEME: []}], "responses": {"401": "UNAUTHORIZED"}},
    )
    serve._apidoc = doc  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
    return serve
