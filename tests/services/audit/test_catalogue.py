"""Every column of an audited table is shown, or there is a reason why nobody would understand it."""

import pytest

from models import Base
from services.audit.catalogue import HIDDEN, PARTS, REFERENCES, SUBJECTS

_WORK = {
    "deliveries": "how far the sending is",
    "domains": "what the last checks of its record found",
    "exports": "how far the making is",
    "heartbeats": "its pings",
    "incidents": "what the monitor did, and how far the escalation is",
    "incident_notes": "words of people, which are in the timeline",
    "sso_connections": "how it is sealed, and when it was used",
    "test_runs": "how far it is, and what it found",
    "user_sessions": "where it is from, which the entry says itself",
    "passkeys": "how it is verified",
    "second_factors": "how it is sealed",
}
"""Tables whose other columns are written by the service itself, with what they say."""


@pytest.mark.parametrize("model", [*SUBJECTS, *PARTS], ids=lambda model: model.__tablename__)
def test_each_column_is_shown_or_hidden_on_purpose(model: type[Base]) -> None:
    names = {column.name for column in model.__table__.columns}
    if model in SUBJECTS:
        subject = SUBJECTS[model]
        told = {*subject.plain, *subject.personal, *subject.secret}
    else:
        part = PARTS[model]
        told = {*part.plain, part.key, part.changed or part.key}
    assert told <= names
    if model.__tablename__ not in _WORK:
        assert names - told - HIDDEN == set()


def test_keys_of_other_rows_are_never_shown_as_they_are() -> None:
    shown = {name for each in SUBJECTS.values() for name in each.plain | each.personal}
    shown |= {name for each in PARTS.values() for name in each.plain}
    keys = {name for name in shown if name.endswith(("_id", "_ids"))}
    assert keys <= REFERENCES.keys()
