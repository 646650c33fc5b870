"""The chain: whatever is done to an entry is found, and the database refuses most of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import AuditEntry, AuditHead, Organization
from models.session import database_now
from services.audit import chain, erasure
from services.audit.verify import verify
from tests.factories.organizations import organization
from tests.services.audit import killed
from tests.services.audit.conftest import Append

Harm = Callable[[Session], object]


def _sql(statement: str) -> Harm:
    return lambda session: session.execute(text(statement))


HARMS: dict[str, Harm] = {
    "edited": _sql("UPDATE audit_entries SET action = 'monitor.created' WHERE sequence = 3"),
    "edited in what changed": _sql("UPDATE audit_entries SET changes = '[]' WHERE sequence = 3"),
    "edited with its hash": _sql(
        "UPDATE audit_entries SET action = 'x', hash = sha256('x') WHERE sequence = 3"
    ),
    "edited in its personal data": _sql(
        "UPDATE audit_entries SET ip = '192.0.2.2' WHERE sequence = 3"
    ),
    "deleted": _sql("DELETE FROM audit_entries WHERE sequence = 3"),
    "deleted at the beginning": _sql("DELETE FROM audit_entries WHERE sequence = 1"),
    "deleted at the end": _sql("DELETE FROM audit_entries WHERE sequence = 5"),
    "deleted with the number of the next": _sql(
        "DELETE FROM audit_entries WHERE sequence = 3;"
        "UPDATE audit_entries SET sequence = sequence - 1 WHERE sequence > 3"
    ),
    "all deleted": _sql("DELETE FROM audit_entries"),
    "truncated": _sql("TRUNCATE audit_entries"),
    "swapped": _sql(
        "UPDATE audit_entries SET sequence = 9 WHERE sequence = 3;"
        "UPDATE audit_entries SET sequence = 3 WHERE sequence = 4;"
        "UPDATE audit_entries SET sequence = 4 WHERE sequence = 9"
    ),
    "inserted at the end": _sql(
        "INSERT INTO audit_entries SELECT (jsonb_populate_record(e, jsonb_build_object("
        "'sequence', 6, 'public_id', gen_random_uuid()))).* FROM audit_entries e"
        " WHERE sequence = 5"
    ),
}


@pytest.fixture
def five(append: Append) -> list[AuditEntry]:
    return [append(paused=place % 2 == 0) for place in range(5)]


def _as_owner(session: Session, harm: Harm) -> None:
    """Do it with the rights of whoever switches off the triggers."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    try:
        harm(session)
    finally:
        session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


@pytest.mark.usefixtures("five")
def test_a_chain_that_nobody_touched_verifies(session: Session, owner: Organization) -> None:
    verdict = verify(session, owner.id)
    assert (verdict.problems, verdict.entries, verdict.last) == ([], 5, 5)


@pytest.mark.abuse(74)
@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("harm", HARMS)
def test_it_is_found_that_an_entry_was(session: Session, owner: Organization, harm: str) -> None:
    if harm == "truncated":
        _as_owner(session, _sql("ALTER TABLE audit_entries DISABLE TRIGGER keep_all"))
    _as_owner(session, HARMS[harm])
    assert not verify(session, owner.id).is_intact


@pytest.mark.abuse(74)
@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("harm", [name for name in HARMS if not name.startswith("inserted")])
def test_the_database_refuses_that_an_entry_is(session: Session, harm: str) -> None:
    with pytest.raises(IntegrityError, match="never changed"), session.begin_nested():
        HARMS[harm](session)


@pytest.mark.abuse(74)
def test_a_chain_that_was_written_anew_is_found_by_an_anchor(
    session: Session, owner: Organization, append: Append, five: list[AuditEntry]
) -> None:
    anchors, key = {five[2].sequence: five[2].hash}, owner.id
    assert verify(session, key, anchors).is_intact
    _as_owner(session, _sql("DELETE FROM audit_entries; DELETE FROM audit_heads"))
    for _ in range(5):
        append()
    assert verify(session, key).is_intact
    assert [each.sequence for each in verify(session, key, anchors).problems] == [3]
    assert not verify(session, key, {9: bytes(32)}).is_intact


@pytest.mark.usefixtures("five")
def test_the_personal_data_of_a_deleted_organization_is_erased_and_its_chain_verifies(
    session: Session, owner: Organization
) -> None:
    now = database_now(session)
    assert not erasure.erase_some_of_deleted(session, now=now)
    owner.deleted_at = now
    session.flush()
    assert erasure.erase_some_of_deleted(session, now=now)
    assert not erasure.erase_some_of_deleted(session, now=now)
    session.expire_all()
    assert {(each.ip, each.salt) for each in session.query(AuditEntry)} == {(None, None)}
    verdict = verify(session, owner.id)
    assert (verdict.problems, verdict.erased) == ([], 5)


def _aged(session: Session, days: int) -> datetime:
    _as_owner(
        session,
        _sql(f"UPDATE audit_entries SET at = at - interval '{days} days' WHERE sequence <= 3"),
    )
    return database_now(session)


@pytest.mark.usefixtures("five")
def test_entries_older_than_the_retention_go_and_the_rest_still_verifies(
    session: Session, owner: Organization
) -> None:
    now = database_now(session)
    assert not erasure.prune(session, now=now + timedelta(days=399))
    # The hash covers the time, so the aged entries must be gone before the chain is read.
    assert erasure.prune(session, now=_aged(session, 401))
    verdict = verify(session, owner.id)
    assert (verdict.problems, verdict.first, verdict.entries) == ([], 4, 2)
    assert not erasure.prune(session, now=now)


@pytest.mark.usefixtures("five")
def test_the_head_of_a_deleted_organization_goes_with_its_last_entry(session: Session) -> None:
    erasure.forget_heads(session)
    assert session.query(AuditHead).count() == 1


def test_a_killed_process_leaves_both_the_act_and_its_entry_or_neither(
    committed: Engine,
) -> None:
    with Session(committed) as session, session.begin():
        key = organization(session).id
    url = committed.url.render_as_string(hide_password=False)
    for seed in range(3):
        killed.kill_one(url, key, seed)
    done, entries, is_intact = killed.counted(url, key)
    assert (done, is_intact) == (entries, True)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
        ),
    )
)
def test_the_fast_way_to_write_an_entry_is_the_canonical_one(value: Any) -> None:  # noqa: ANN401 - any JSON value
    assert chain.digest({"x": value}) == sha256(rfc8785.dumps({"x": value})).digest()
