"""Organizations."""

from itertools import count

from sqlalchemy.orm import Session

from models import Organization

_numbers = count(1)


def organization(session: Session, name: str = "") -> Organization:
    row = Organization(name=name or f"Organization {next(_numbers)}")
    session.add(row)
    session.flush()
    return row
