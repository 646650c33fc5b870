"""One request of an authenticated caller, from its admission to what follows its commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from sqlalchemy.orm import Session
from structlog.contextvars import bind_contextvars

from domain.permissions import Permission
from security.login.machine_secrets import ApiKeyText
from server.identity.principal import Call, Presented, call, require
from server.limits import admission, rate_limits
from server.limits.unknown_secrets import looking_up_key
from server.request import acts, slow_validation
from server.resources import resources
from services.after_commit import hints

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@contextmanager
def admitted(shown: Presented, permission: Permission | None) -> Iterator[Call]:
    """Open the transaction of a request whose caller holds the permission, within the limits.

    The block's changes are committed if it succeeds, and what waits for the commit runs after it.
    Raise `Unauthenticated`, `Forbidden` or `TooMany` before the block.
    """
    with resources().transaction() as session:
        this = _called(session, shown)
        bind_contextvars(organization_id=this.organization_id)
        slow_validation.serve_for(this.organization_id)
        admission.take_of_organization(this.organization_id)
        require(this.principal, permission)
        rate_limits.spend_request(this.principal)
        acts.declare(session, shown, this.principal)
        yield this
        if request.method not in _READING:
            hints.note_edit(session, this.organization_id, _noun())
    for act in this.after_commit:
        act()


def _noun() -> str:
    """Return the noun of the routes that serve this request, such as `monitors`."""
    return (request.blueprint or "").removeprefix("web-").replace("-", "_")


def _called(session: Session, shown: Presented) -> Call:
    if not isinstance(shown, ApiKeyText):
        return call(session, shown)
    # The session does not even connect to the database before the first query.
    with looking_up_key(shown.text):
        return call(session, shown)
