"""What an organization owns: found by its id, locked as it is now, and not more of it than may be."""

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models import Channel, Contact, Export
from services import lookup
from services.errors import NotFound
from tests.factories import exports
from tests.factories.organizations import organization

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("look", [lookup.find, lookup.locked, lookup.changing])
def test_invariant_6_only_what_is_ones_own_is_found(session: Session, look: object) -> None:
    assert callable(look)
    ours, theirs = organization(session).id, organization(session).id
    export = exports.row(session, ours, at=NOW)
    assert look(session, Export, ours, export.public_id, "export") is export
    for owner, wanted in ((theirs, export.public_id), (ours, uuid.uuid4())):
        with pytest.raises(NotFound, match=r"^There is no such export\.$"):
            look(session, Export, owner, wanted, "export")


def test_what_is_locked_is_as_it_is_now_and_not_as_it_was_read_before(committed: Engine) -> None:
    with Session(committed) as session:
        owner = organization(session).id
        known = exports.row(session, owner, at=NOW)
        session.commit()
        public_id = known.public_id
        assert known.recipient == exports.RECIPIENT
        with Session(committed) as other, other.begin():
            other.execute(update(Export).values(recipient="another"))
        assert (
            lookup.find(session, Export, owner, public_id, "export").recipient == exports.RECIPIENT
        )
        assert lookup.locked(session, Export, owner, public_id, "export").recipient == "another"


def test_only_who_wants_to_change_it_waits_for_who_does(committed: Engine) -> None:
    with Session(committed) as first, Session(committed) as second:
        owner = organization(first).id
        public_id = exports.row(first, owner, at=NOW).public_id
        first.commit()
        lookup.locked(first, Export, owner, public_id, "export")
        second.execute(text("SET LOCAL lock_timeout = 1"))
        assert lookup.find(second, Export, owner, public_id, "export").public_id == public_id
        with pytest.raises(OperationalError, match="lock timeout"):
            lookup.locked(second, Export, owner, public_id, "export")


def test_who_changes_a_thing_lets_others_refer_to_it_and_change_it_only_later(
    committed: Engine,
) -> None:
    with Session(committed) as first, Session(committed) as second:
        owner = organization(first).id
        contact = Contact(organization_id=owner, name="Ann")
        first.add(contact)
        first.commit()
        public_id, key = contact.public_id, contact.id
        lookup.changing(first, Contact, owner, public_id, "contact")
        second.execute(text("SET LOCAL lock_timeout = '200ms'"))
        second.add(Channel(organization_id=owner, contact_id=key, kind="email", address="a@b.c"))
        second.flush()
        with pytest.raises(OperationalError, match="lock timeout"):
            lookup.changing(second, Contact, owner, public_id, "contact")


def test_invariant_6_keys_are_those_of_what_is_ones_own(session: Session) -> None:
    ours, theirs = organization(session).id, organization(session).id
    one, other, strange = (exports.row(session, owner, at=NOW) for owner in (ours, ours, theirs))
    asked = [one.public_id, other.public_id, one.public_id, strange.public_id, uuid.uuid4()]
    known = lookup.keys(session, Export, ours, asked)
    assert known == {one.public_id: one.id, other.public_id: other.id}
    assert lookup.keys(session, Export, ours, []) == {}
