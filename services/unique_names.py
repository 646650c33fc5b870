"""Names that only one thing of its kind in an organization may have."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.errors import Conflict


def flush(session: Session, noun: str) -> None:
    """Write a row with its name; raises `Conflict` if another one has it.

    The database alone can say that: somebody else may have taken the name just now. `noun` is what
    the row is, with its article.
    """
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is {noun} with this name.", field="name") from error
