"""Database errors that may disappear on a retry."""

from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_ENDED_BY_OPERATOR = "57P"
"""The SQLSTATE prefix of a server that shuts down, starts, or ended the session."""


def may_pass(error: BaseException) -> bool:
    """Return whether a retry may help: no connection, a restart, a deadlock, a timeout."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return isinstance(error, PoolTimeoutError)


def is_unreachable(error: BaseException) -> bool:
    """Return whether the server does not answer at all, whatever the statement."""
    if not may_pass(error):
        return False
    code = _sqlstate(error)
    return code is None or code.startswith(_ENDED_BY_OPERATOR)


def reason(error: SQLAlchemyError) -> str:
    """Return the name of the error; without a connection, also the driver's message.

    That message contains no values of the statement.
    """
    if not isinstance(error, DBAPIError) or error.orig is None:
        return type(error).__name__
    name = type(error.orig).__name__
    words = str(error.orig).strip().splitlines()
    return f"{name}: {words[0]}" if words and _sqlstate(error) is None else name


def _sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error that the server sent, or None."""
    return getattr(getattr(error, "orig", None), "pgcode", None)
