"""The database engines of this process, and transactions with their organization."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    DateTime,
    Engine,
    Select,
    Text,
    cast,
    create_engine,
    func,
    literal,
    make_url,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from config.settings import load
from config.stall import Stall
from models import transient_errors

_P = ParamSpec("_P")
_R = TypeVar("_R")

_SERVER_SETTINGS: dict[str, str | float] = {
    "timezone": "UTC",
    # A longer statement or idle transaction blocks others, so the server ends it.
    "statement_timeout": 8000,
    # Frees the rows of a dispatcher that was stopped in the middle of its transaction.
    "idle_in_transaction_session_timeout": 4000,
    "lock_timeout": 3000,
    # Rows that are read every second are in memory, so an index pays even for a few hundred rows.
    "random_page_cost": 1.1,
}


_stall = Stall("database")

# The policies of this role apply whatever the login is, even for a superuser.
_API = "downtime_api"

_PROJECTS = "projects"
_ACTS_FOR = "acts_for"


def make_engine(url: str, *, pool_size: int = 5, role: str | None = None) -> Engine:
    """Connect to Postgres such that a dead server or network is noticed within seconds.

    The login acts as `role` from its first statement on.
    """
    settings = _SERVER_SETTINGS | ({"role": role} if role else {})
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg2"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=1800,
        # Error messages reach the logs, and parameters include addresses and password hashes.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 3,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 8000,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        },
    )


@cache
def engine(role: str | None = None) -> Engine:
    return make_engine(load().database_url.get_secret_value(), pool_size=10, role=role)


@cache
def _sessions(role: str | None) -> sessionmaker[Session]:
    # The limits of an organization, as services/plans/terms.py reads them.
    info = {"limits": load().usual_limits, "plans": load().plans}
    return sessionmaker(engine(role), expire_on_commit=False, info=info)


@contextmanager
def session_scope() -> Iterator[Session]:
    """Open one transaction. It commits if the block succeeds and rolls back if it raises.

    The login determines the visible rows: workers serve all organizations.
    """
    with _transaction(None) as session:
        yield session


@contextmanager
def api_scope() -> Iterator[Session]:
    """Open one transaction that sees no organization's rows until it acts for one."""
    with _transaction(_API) as session:
        yield session


@contextmanager
def _transaction(role: str | None) -> Iterator[Session]:
    """Log when the database begins and ceases to fail, so callers that retry need not."""
    try:
        with _sessions(role).begin() as session:
            yield session
    except SQLAlchemyError as error:
        if transient_errors.may_pass(error):
            # A slow statement or a lock needs its location in the log; an unreachable server does
            # not.
            place = None if transient_errors.is_unreachable(error) else error
            _stall.failed(transient_errors.reason(error), place)
        raise
    _stall.worked()


def database_now(session: Session) -> datetime:
    """Return the time of the database, the one clock that all processes share."""
    return session.execute(select(func.clock_timestamp(type_=DateTime))).scalar_one()


def act_for_nobody(session: Session) -> None:
    """Restrict the transaction again to the rows visible without an organization."""
    session.flush()
    session.info[_ACTS_FOR] = None
    session.execute(select(func.set_config("downtime.organization_id", "", True)))  # noqa: FBT003 - until the transaction ends


def confine(session: Session, project_ids: Collection[int]) -> None:
    """See and change only rows of these projects until the end of the transaction."""
    _note(session, _written(project_ids))


def release(session: Session) -> None:
    """Undo `confine`, as before the next request that shares the transaction."""
    if session.info.pop(_PROJECTS, None) is not None:
        _set_projects(session, "")


def is_confined(session: Session) -> bool:
    """Return whether the transaction sees some projects only."""
    return _PROJECTS in session.info


@contextmanager
def unconfined(session: Session) -> Iterator[None]:
    """See the rows of all projects within the block, whatever the caller is confined to.

    For what a change entails beyond its project: a limit of the organization counts all its rows,
    and an outage notifies everybody who is to know. What the block finds is not for the caller.
    """
    with confined_to(session, None):
        yield


@contextmanager
def confined_to(session: Session, project_ids: Collection[int] | None) -> Iterator[None]:
    """See the rows of these projects within the block, or of all for None, whatever holds outside."""
    before = session.info.get(_PROJECTS)
    keys = None if project_ids is None else _written(project_ids)
    if keys == before:
        yield
        return
    session.flush()
    _note(session, keys)
    try:
        yield
        session.flush()
    finally:
        if session.is_active:
            _note(session, before)
        elif before is not None:
            session.info[_PROJECTS] = before


@contextmanager
def acting_as(session: Session, role: str) -> Iterator[None]:
    """Give up all rights but those of a role of the database within the block.

    A block that fails leaves the role to the end of the transaction, which then undoes it.
    """
    session.flush()
    before = session.scalar(select(func.current_setting("role")))
    session.execute(select(func.set_config("role", role, True)))  # noqa: FBT003 - until the transaction ends
    yield
    session.flush()
    session.execute(select(func.set_config("role", before, True)))  # noqa: FBT003 - as above


def of_whole_organization(
    act: Callable[Concatenate[Session, _P], _R],
) -> Callable[Concatenate[Session, _P], _R]:
    """Let a function of a session see the rows of all projects, as `unconfined` does."""

    @wraps(act)
    def whole(session: Session, /, *args: _P.args, **named: _P.kwargs) -> _R:
        with unconfined(session):
            return act(session, *args, **named)

    return whole


def _written(project_ids: Collection[int]) -> str:
    return "{" + ",".join(str(each) for each in project_ids) + "}"


def _note(session: Session, keys: str | None) -> None:
    session.info.pop(_PROJECTS, None)
    if keys is not None:
        session.info[_PROJECTS] = keys
    _set_projects(session, keys or "")


def _set_projects(session: Session, keys: str) -> None:
    session.execute(select(func.set_config("downtime.projects", keys, True)))  # noqa: FBT003 - until the transaction ends


def act_for(session: Session, organization_id: int | Select[int]) -> None:
    """See and change the rows of one organization until the end of the transaction.

    If a query finds no organization, the transaction sees the rows visible without one.
    """
    found = literal(organization_id) if isinstance(organization_id, int) else organization_id
    session.info[_ACTS_FOR] = organization_id if isinstance(organization_id, int) else None
    key = cast(found.scalar_subquery() if isinstance(found, Select) else found, Text)
    session.execute(select(func.set_config("downtime.organization_id", key, True)))  # noqa: FBT003 - until the transaction ends


def know_acting_for(session: Session, organization_id: int) -> None:
    """Note that the transaction acts for this organization, which the caller has looked up."""
    session.info[_ACTS_FOR] = organization_id


def ensure_acting_for(session: Session, organization_id: int) -> None:
    """Act for an organization, unless the transaction is known to do so already."""
    if session.info.get(_ACTS_FOR) != organization_id:
        act_for(session, organization_id)
