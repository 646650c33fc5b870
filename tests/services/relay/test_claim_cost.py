"""A digest costs a few statements to decide, and a few for the words of each of its parts."""

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from tests.services.checks.test_incident_cost import counted
from tests.services.outage import EMAIL, beside, broken, watched
from tests.services.relaying import notify, relay_settings, seconds, taken

_OF_A_PART = 4
"""Its monitor, its incident, its failed checks, and what the channel was first told of the outage."""


def statements(connection: Connection, session: Session, parts: int) -> int:
    """Count what a relay asks that knows nothing and claims a burst of so many."""
    monitor = watched(session, EMAIL)
    ids = [notify(session, broken(session, beside(session, monitor)))[0] for _ in range(parts)]
    session.commit()
    session.expunge_all()
    with counted(connection) as asked:
        claimed = taken(session, ids[0], seconds(61), by=relay_settings(burst=0))
        session.commit()
    assert len(claimed.alert.parts) == parts
    return sum("SAVEPOINT" not in each for each in asked)


def test_a_digest_is_decided_by_as_many_statements_whatever_its_length(
    connection: Connection, session: Session
) -> None:
    few, many = (statements(connection, session, parts) for parts in (5, 40))
    assert few <= 40
    assert many - few <= _OF_A_PART * 35
