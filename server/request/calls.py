"""One request of an authenticated caller, from its admission to what follows its commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from psycopg2.errors import InsufficientPrivilege
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from structlog.contextvars import bind_contextvars

from domain.permissions import Permission
from models.session import release
from security.login.machine_secrets import ApiKeyText
from server.identity.principal import Call, Presented, call, require
from server.identity.restrictions import Reach
from server.limits import admission, rate_limits
from server.limits.unknown_secrets import looking_up_key
from server.request import acts, slow_validation
from server.resources import resources
from services.accounts import sessions as user_sessions
from services.after_commit import hints
from services.errors import Forbidden, Unauthenticated

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@contextmanager
def admitted(
    shown: Presented, permission: Permission | None, reach: Reach = Reach.MEMBERS
) -> Iterator[Call]:
    """Open the transaction of a request whose caller holds the permission, within the limits.

    The block's changes are committed if it succeeds, and what waits for the commit runs after it.
    Raise `Unauthenticated`, `Forbidden` or `TooMany` before the block.
    """
    with _ending_sessions(), resources().transaction() as session:
        release(session)
        this = _called(session, shown, reach)
        bind_contextvars(organization_id=this.organization_id)
        slow_validation.serve_for(this.organization_id)
        admission.take_of_organization(this.organization_id)
        this = require(this, permission)
        rate_limits.spend_request(this)
        acts.declare(session, shown, this.principal)
        with _within_projects(this):
            yield this
        if request.method not in _READING:
            hints.note_edit(session, this.organization_id, _noun())
    for act in this.after_commit:
        act()


@contextmanager
def _ending_sessions() -> Iterator[None]:
    """End a session that the policy finds too old, after the transaction that found it."""
    try:
        yield
    except Unauthenticated as error:
        if error.ended is not None:
            with resources().transaction() as session:
                user_sessions.end(session, error.ended)
        raise


@contextmanager
def _within_projects(this: Call) -> Iterator[None]:
    """Raise `Forbidden` if a confined caller writes a row outside of their projects.

    The database refuses it, whatever a service forgot to check.
    """
    try:
        yield
        if this.principal.projects is not None:
            this.session.flush()
    except ProgrammingError as error:
        if this.principal.projects is None or not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise Forbidden("You may not do this outside of your projects.") from error


def _noun() -> str:
    """Return the noun of the routes that serve this request, such as `monitors`."""
    return (request.blueprint or "").removeprefix("web-").replace("-", "_")


def _called(session: Session, shown: Presented, reach: Reach) -> Call:
    if not isinstance(shown, ApiKeyText):
        return call(session, shown, reach)
    # The session does not even connect to the database before the first query.
    with looking_up_key(shown.text):
        return call(session, shown)
