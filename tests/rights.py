"""Work with the rights of a component, in the transaction of a test."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session


@contextmanager
def acting(session: Session, role: str) -> Iterator[None]:
    """Have the rights of that role, and no others; what was done before is not judged by them."""
    session.flush()
    session.execute(text(f"SET LOCAL ROLE {role}"))
    yield
    session.flush()
    session.execute(text("RESET ROLE"))
