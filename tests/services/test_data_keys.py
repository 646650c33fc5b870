"""Data keys: one organization's own, renewed in time, and wrapped anew when the ring changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models import Credential, DataKey, Organization
from security.vault import KeyRing, VaultError
from services import data_keys
from tests.factories.credentials import credential, token, watched_with
from tests.factories.keys import K1, K2
from tests.factories.organizations import organization

NOW = datetime.now(UTC)
SECRET = "canary-5f1c9a7e"


@pytest.fixture
def org(session: Session) -> Organization:
    return organization(session)


@pytest.fixture
def login(session: Session, org: Organization) -> Credential:
    return credential(session, org.id, now=NOW, token=SECRET)


def test_each_organization_has_a_data_key_of_its_own(session: Session) -> None:
    first, second = organization(session), organization(session)
    one = credential(session, first.id, now=NOW, token=SECRET)
    again = credential(session, first.id, now=NOW, name="Again", token=SECRET)
    two = credential(session, second.id, now=NOW, token=SECRET)
    assert one.data_key_id == again.data_key_id != two.data_key_id
    assert one.shown["token"]["fingerprint"] == again.shown["token"]["fingerprint"]
    assert one.shown["token"]["fingerprint"] != two.shown["token"]["fingerprint"]


@pytest.mark.abuse(56)
def test_a_data_key_is_renewed_after_a_year(session: Session, org: Organization) -> None:
    old = credential(session, org.id, now=NOW)
    young = credential(session, org.id, now=NOW + timedelta(days=364), name="Young")
    late = credential(session, org.id, now=NOW + timedelta(days=366), name="Late")
    assert old.data_key_id == young.data_key_id != late.data_key_id


@pytest.mark.abuse(56)
def test_after_a_rotation_everything_reads_without_the_old_key(
    session: Session, org: Organization, login: Credential
) -> None:
    monitor = watched_with(session, org.id, login, now=NOW)
    assert data_keys.rewrap(session, ring=KeyRing.parse(f"{K2},{K1}")) >= 1
    assert token(session, monitor, KeyRing.parse(K2)) == SECRET
    assert data_keys.rewrap(session, ring=KeyRing.parse(f"{K2},{K1}")) == 0


@pytest.mark.abuse(56)
def test_a_rotation_without_the_old_key_changes_nothing(
    session: Session, login: Credential
) -> None:
    with pytest.raises(VaultError, match="lacks the key k1"):
        data_keys.rewrap(session, ring=KeyRing.parse(K2))
    assert session.get_one(DataKey, login.data_key_id).wrapped_by == "k1"


@pytest.mark.committed
def test_two_first_credentials_at_once_share_one_data_key(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        org = organization(session)

    def make_one(number: int) -> int:
        with Session(committed) as session, session.begin():
            return credential(session, org.id, now=NOW, name=str(number)).data_key_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make_one, range(4)))) == 1
