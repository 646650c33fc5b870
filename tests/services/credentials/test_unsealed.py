"""Credentials in a worker: read once per version, and only where they were sealed."""

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from models import Credential, Organization
from security.vault import KeyRing
from services.credentials.unsealed import OpenCredentials
from tests.factories import monitors as make
from tests.factories.credentials import change, credential, token, watched_with
from tests.factories.keys import K2, RING
from tests.factories.organizations import organization

NOW = datetime.now(UTC)
SECRET = "canary-5f1c9a7e"


@pytest.fixture
def org(session: Session) -> Organization:
    return organization(session)


@pytest.fixture
def login(session: Session, org: Organization) -> Credential:
    return credential(session, org.id, now=NOW, token=SECRET)


def test_a_worker_reads_what_was_written(
    session: Session, org: Organization, login: Credential
) -> None:
    assert token(session, watched_with(session, org.id, login, now=NOW)) == SECRET


@pytest.mark.abuse(55)
@pytest.mark.parametrize("column", ["public_id", "scheme", "version", "organization_id"])
def test_a_row_that_was_moved_cannot_be_read(
    session: Session, org: Organization, login: Credential, column: str
) -> None:
    monitor = watched_with(session, org.id, login, now=NOW)
    other = organization(session)
    elsewhere = {
        "public_id": uuid.uuid4(),
        "scheme": "basic",
        "version": 2,
        "organization_id": other.id,
    }
    # Its keys would keep it where it is: who can do this does not ask them.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        update(Credential).where(Credential.id == login.id).values({column: elsewhere[column]})
    )
    session.expire_all()
    assert OpenCredentials(RING).of(session, [monitor.id]) == {monitor.id: None}


@pytest.mark.abuse(55)
def test_a_ciphertext_of_another_row_cannot_be_read(
    session: Session, org: Organization, login: Credential
) -> None:
    other = credential(session, org.id, now=NOW, name="Other", token="other")
    monitor = watched_with(session, org.id, other, now=NOW)
    other.nonce, other.ciphertext = login.nonce, login.ciphertext
    session.flush()
    assert OpenCredentials(RING).of(session, [monitor.id]) == {monitor.id: None}


def test_a_worker_keeps_the_object_with_its_memory_until_the_version_grows(
    session: Session, org: Organization, login: Credential
) -> None:
    one, other = (watched_with(session, org.id, login, now=NOW) for _ in range(2))
    unsealed = OpenCredentials(RING)
    (first,) = unsealed.of(session, [one.id])[one.id] or ()
    first.memory["token"] = "cached"
    (second,) = unsealed.of(session, [other.id])[other.id] or ()
    assert second is first
    change(session, login, now=NOW, fields={"token": "new"})
    (third,) = unsealed.of(session, [one.id])[one.id] or ()
    assert third is not first
    assert (third.version, third.memory) == (2, {})


def test_a_missing_key_hides_only_what_it_wraps(
    session: Session, org: Organization, login: Credential
) -> None:
    monitor = watched_with(session, org.id, login, now=NOW)
    plain = make.monitor(session, org.id, now=NOW)
    with capture_logs() as lines:
        found = OpenCredentials(KeyRing.parse(K2)).of(session, [monitor.id, plain.id])
    assert found == {monitor.id: None}
    assert [line["event"] for line in lines] == ["credential_unreadable"]
    assert SECRET not in repr(lines)


@pytest.mark.abuse(130)
def test_where_it_may_go_holds_from_the_next_reading_on(
    session: Session, org: Organization, login: Credential
) -> None:
    """Origins change without a new version, and the memory of a worker stays."""
    monitor = watched_with(session, org.id, login, now=NOW)
    unsealed = OpenCredentials(RING)
    (before,) = unsealed.of(session, [monitor.id])[monitor.id] or ()
    change(session, login, now=NOW, origins=["https://shop.test", "https://other.test"])
    (after,) = unsealed.of(session, [monitor.id])[monitor.id] or ()
    assert before.origins == {"https://shop.test"}
    assert after.origins == {"https://shop.test", "https://other.test"}
    assert after.memory is before.memory
