"""Which errors of the database may be over when somebody tries again."""

from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_ENDED_BY_OPERATOR = "57P"
"""A class of SQLSTATE: the server shuts down, starts, or ended the session."""


def may_pass(error: BaseException) -> bool:
    """Tell whether waiting may help: no connection, a restart, a deadlock, a timeout."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return isinstance(error, PoolTimeoutError)


def is_unreachable(error: BaseException) -> bool:
    """Tell whether it is the server that does not answer, whatever was asked of it."""
    if not may_pass(error):
        return False
    code = _sqlstate(error)
    return code is None or code.startswith(_ENDED_BY_OPERATOR)


def reason(error: SQLAlchemyError) -> str:
    """Name the error; where there is no connection, in the words of the driver, which hold no values."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return type(error).__name__
    name = type(error.orig).__name__
    words = str(error.orig).strip().splitlines()
    return f"{name}: {words[0]}" if words and _sqlstate(error) is None else name


def _sqlstate(error: BaseException) -> str | None:
    """Return the code of an error that the server sent."""
    return getattr(getattr(error, "orig", None), "pgcode", None)
