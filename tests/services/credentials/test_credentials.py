"""Credentials: encrypted, changed for all monitors at once, and never deleted under one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from domain.evaluation.state import State
from domain.permissions import PERMISSIONS, Role
from models import Credential, Monitor, MonitorCredential, MonitorState, Organization
from security.vault import KeyRing
from services.credentials import credentials
from services.credentials.credentials import CredentialChanges
from services.credentials.settings import CredentialSettings
from services.credentials.unsealed import OpenCredentials
from services.errors import Conflict, Invalid, NotFound
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from tests.factories import monitors as make
from tests.factories.credentials import SETTINGS, change, credential, token, watched_with
from tests.factories.keys import K2, RING
from tests.factories.organizations import organization

NOW = datetime.now(UTC)
SECRET = "canary-5f1c9a7e"
OWNER = PERMISSIONS[Role.OWNER]


@pytest.fixture
def org(session: Session) -> Organization:
    return organization(session)


@pytest.fixture
def login(session: Session, org: Organization) -> Credential:
    return credential(session, org.id, now=NOW, token=SECRET)


def test_nothing_of_a_secret_is_in_the_row(session: Session, login: Credential) -> None:
    row = session.execute(
        text("SELECT c::text || encode(ciphertext, 'escape') FROM credentials c WHERE id = :id"),
        {"id": login.id},
    ).scalar_one()
    assert SECRET not in row
    assert login.shown["token"]["set"] is True


def test_a_change_lets_workers_read_each_monitor_again(
    session: Session, org: Organization, login: Credential
) -> None:
    using = [watched_with(session, org.id, login, now=NOW) for _ in range(2)]
    other = make.monitor(session, org.id, now=NOW)
    change(session, login, now=NOW, fields={"token": "new"})
    versions = [session.get_one(Monitor, each.id).version for each in (*using, other)]
    assert versions == [2, 2, 1]
    assert token(session, using[0]) == "new"


def test_a_change_begins_a_new_run_of_results(
    session: Session, org: Organization, login: Credential
) -> None:
    monitor = watched_with(session, org.id, login, now=NOW)
    state = session.get_one(MonitorState, monitor.id)
    state.state, state.recent = State.UP, 1
    session.flush()
    change(session, login, now=NOW, fields={"token": "new"})
    assert (state.state, state.recent) == (State.PENDING, 0)


@pytest.mark.parametrize(
    "changes", [{"name": "Renamed"}, {"fields": {}}, {"fields": {"token": SECRET}}]
)
def test_what_leaves_the_fields_as_they_are_disturbs_nobody(
    session: Session, org: Organization, login: Credential, changes: dict[str, Any]
) -> None:
    monitor = watched_with(session, org.id, login, now=NOW)
    change(session, login, now=NOW, **changes)
    assert session.get_one(Monitor, monitor.id).version == 1
    assert login.version == 1


def test_fields_that_are_not_given_stay(session: Session, login: Credential) -> None:
    before = login.shown["token"]
    change(session, login, now=NOW + timedelta(hours=1), fields={"prefix": "Token"})
    assert (login.shown["prefix"], login.shown["token"]) == ("Token", before)
    change(session, login, now=NOW, fields={"prefix": None})
    assert login.shown["prefix"] == "Bearer"


def test_a_null_cannot_take_away_what_is_needed(session: Session, login: Credential) -> None:
    with pytest.raises(Invalid) as refused:
        change(session, login, now=NOW, fields={"token": None})
    assert list(refused.value.problems) == ["fields.token"]


def test_a_change_of_what_cannot_be_read_is_refused(session: Session, login: Credential) -> None:
    changes: CredentialChanges = {"fields": {"prefix": "Token"}}
    with pytest.raises(Conflict, match="no longer be decrypted"):
        credentials.change(
            session,
            login.organization_id,
            login.public_id,
            changes,
            settings=CredentialSettings(ring=KeyRing.parse(K2)),
            now=NOW,
        )
    assert login.version == 1


def test_a_credential_in_use_is_not_deleted(
    session: Session, org: Organization, login: Credential
) -> None:
    monitor = watched_with(session, org.id, login, now=NOW)
    with pytest.raises(Conflict, match="while a monitor uses it"):
        credentials.delete(session, org.id, login.public_id)
    monitors.delete(session, org.id, monitor.public_id, now=NOW)
    credentials.delete(session, org.id, login.public_id)
    with pytest.raises(NotFound):
        credentials.find(session, org.id, login.public_id)


def test_a_strangers_credential_is_not_there(session: Session, login: Credential) -> None:
    stranger = organization(session)
    for use in (credentials.find, credentials.delete):
        with pytest.raises(NotFound):
            use(session, stranger.id, login.public_id)
    with pytest.raises(Invalid) as refused:
        watched_with(session, stranger.id, login, now=NOW)
    assert list(refused.value.problems) == ["credential_ids"]


def identity(scheme: str) -> dict[str, str]:
    authority = trustme.CA()
    issued = authority.issue_cert("shop.test")
    return {
        "ca_bundle": {"certificates": authority.cert_pem.bytes().decode()},
        "client_certificate": {
            "certificate": issued.cert_chain_pems[0].bytes().decode(),
            "key": issued.private_key_pem.bytes().decode(),
        },
        "proxy": {"url": "http://proxy.test:3128"},
    }[scheme]


@pytest.mark.parametrize(
    ("scheme", "noun"),
    [
        ("ca_bundle", "CA bundle"),
        ("client_certificate", "client certificate"),
        ("proxy", "proxy"),
    ],
)
def test_a_monitor_takes_only_one_of_what_makes_its_connection(
    session: Session, org: Organization, login: Credential, scheme: str, noun: str
) -> None:
    first, second = (
        credential(session, org.id, now=NOW, name=name, scheme=scheme, **identity(scheme))
        for name in "ab"
    )
    watched_with(session, org.id, first, login, now=NOW)
    with pytest.raises(Invalid) as refused:
        watched_with(session, org.id, first, login, second, now=NOW)
    assert refused.value.problems == {"credential_ids": [f"A monitor may have only one {noun}."]}


def test_credentials_nest_in_the_order_given(session: Session, org: Organization) -> None:
    first, second = (credential(session, org.id, now=NOW, name=name) for name in "ba")
    monitor = watched_with(session, org.id, first, second, now=NOW)
    unsealed = OpenCredentials(RING)
    opened = unsealed.of(session, [monitor.id])[monitor.id]
    assert [each.id for each in opened or ()] == [first.id, second.id]
    turned: MonitorChanges = {"credential_ids": [second.public_id, first.public_id]}
    view = monitors.change(session, org.id, monitor.public_id, turned, now=NOW, own=OWNER)
    assert list(view.credential_ids) == [second.public_id, first.public_id]
    assert view.monitor.version == 2
    opened = unsealed.of(session, [monitor.id])[monitor.id]
    assert [each.id for each in opened or ()] == [second.id, first.id]


@pytest.mark.committed
def test_nobody_misses_a_change_however_it_meets_the_attaching(committed: Engine) -> None:
    """Whatever comes first, each monitor ends with a version that its worker has not seen yet."""
    with Session(committed, expire_on_commit=False) as session, session.begin():
        org = organization(session)
        login = credential(session, org.id, now=NOW)
        rows = [make.monitor(session, org.id, now=NOW) for _ in range(6)]

    def attach(monitor: Monitor) -> int:
        with Session(committed) as session, session.begin():
            changes: MonitorChanges = {"credential_ids": [login.public_id]}
            monitors.change(session, org.id, monitor.public_id, changes, now=NOW, own=OWNER)
            return session.scalars(select(Credential.version)).one()

    def rotate(number: int) -> None:
        with Session(committed) as session, session.begin():
            changes: CredentialChanges = {"fields": {"token": f"token-{number}"}}
            credentials.change(
                session, org.id, login.public_id, changes, settings=SETTINGS, now=NOW
            )

    with ThreadPoolExecutor(4) as pool:
        rotations = pool.map(rotate, range(4))
        seen = list(pool.map(attach, rows))
        list(rotations)
    with Session(committed) as session:
        last = session.scalars(select(Credential.version)).one()
        versions = {row.id: session.get_one(Monitor, row.id).version for row in rows}
        assert session.query(MonitorCredential).count() == len(rows)
    assert last == 5
    for row, version in zip(rows, seen, strict=True):
        assert versions[row.id] == 2 + last - version
