"""Test runs of values that are not stored: sealed until a worker takes them, and judged as if stored."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permissions import Permission
from models import Monitor, TestRun
from models.test_run import TestRunState
from services.credentials import drafts, test_runs
from services.credentials.unsealed import OpenCredentials
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.monitors.values import MonitorValues
from tests.factories import monitors as make
from tests.factories.credentials import credential, watched_with
from tests.factories.keys import RING
from tests.factories.organizations import organization
from tests.services.pinged import T

UNSEALED = OpenCredentials(RING)
SECRET = "a-secret-of-the-body"
WRITERS = frozenset({Permission.MONITOR_WRITE})
USERS = WRITERS | {Permission.CREDENTIAL_USE}
NAMERS = WRITERS | {Permission.CREDENTIAL_WRITE}


def values(**given: Any) -> MonitorValues:  # noqa: ANN401 - those of a monitor
    return MonitorValues(**{"name": "Shop", "url": "https://shop.example.com/", **given})


def request(
    session: Session,
    organization_id: int,
    given: MonitorValues,
    own: frozenset[Permission] = WRITERS,
) -> TestRun:
    draft = drafts.of_new(session, organization_id, given, own=own)
    return test_runs.request_draft(session, organization_id, draft, ring=RING, now=T)


def begin(session: Session, test_run: TestRun) -> test_runs.StartedTestRun | None:
    return test_runs.begin(session, test_run.id, UNSEALED, now=T + timedelta(seconds=1))


def test_a_draft_is_tried_as_it_was_typed_and_creates_nothing(session: Session) -> None:
    own = organization(session).id
    settings = {"method": "POST", "body": SECRET}
    test_run = request(session, own, values(settings=settings, timeout_seconds=7))
    begun = begin(session, test_run)
    assert begun is not None
    assert (begun.target.url, begun.target.timeout_seconds) == ("https://shop.example.com/", 7)
    assert getattr(begun.target.settings, "body", None) == SECRET
    assert session.scalars(select(Monitor)).all() == []


def test_a_draft_is_sealed_and_gone_once_a_worker_has_it(session: Session) -> None:
    settings = {"method": "POST", "body": SECRET}
    test_run = request(session, organization(session).id, values(settings=settings))
    assert test_run.ciphertext
    assert SECRET.encode() not in test_run.ciphertext
    assert begin(session, test_run)
    session.flush()
    session.refresh(test_run)
    assert not any((test_run.data_key_id, test_run.nonce, test_run.ciphertext))


def test_a_draft_that_no_worker_took_is_gone_when_it_fails(session: Session) -> None:
    test_run = request(session, organization(session).id, values())
    test_runs.give_up(session, now=T + test_runs.WAIT)
    assert (test_run.state, test_run.ciphertext) == (TestRunState.FAILED, None)


def test_a_draft_moved_to_another_test_run_is_not_opened(session: Session) -> None:
    own = organization(session).id
    one, other = request(session, own, values()), request(session, own, values())
    other.nonce, other.ciphertext = one.nonce, one.ciphertext
    session.flush()
    assert begin(session, other) is None
    assert other.state is TestRunState.FAILED


def test_values_that_could_not_be_stored_are_not_tried(session: Session) -> None:
    own = organization(session).id
    with pytest.raises(Invalid) as refused:
        request(session, own, values(url="ftp://x", settings={"method": "BREW"}))
    assert set(refused.value.problems) == {"url", "settings.method"}
    with pytest.raises(Conflict, match="heartbeat"):
        request(session, own, values(url=None, kind="heartbeat", settings={"period_seconds": 60}))


def test_a_draft_with_a_credential_takes_the_permission_to_use_it(session: Session) -> None:
    own = organization(session).id
    used = credential(session, own, now=T)
    used.origins = ["https://shop.example.com"]
    given = values(credential_ids=[used.public_id])
    with pytest.raises(Forbidden):
        request(session, own, given)
    begun = begin(session, request(session, own, given, USERS))
    assert begun is not None
    assert [each.scheme for each in begun.target.credentials] == ["bearer"]


def test_a_credential_goes_to_a_new_origin_only_for_who_may_name_it(session: Session) -> None:
    own = organization(session).id
    used = credential(session, own, now=T)
    given = values(credential_ids=[used.public_id])
    with pytest.raises(Invalid) as refused:
        request(session, own, given, USERS)
    assert "has no origin yet" in refused.value.problems["credential_ids"][0]
    begun = begin(session, request(session, own, given, NAMERS))
    assert begun is not None
    assert begun.target.credentials[0].origins == {"https://shop.example.com"}
    # A test run is not the first use: the credential is as free as before.
    assert used.origins == []


def test_a_credential_of_another_organization_is_none(session: Session) -> None:
    own, other = organization(session).id, organization(session).id
    strange = credential(session, other, now=T)
    with pytest.raises(Invalid) as refused:
        request(session, own, values(credential_ids=[strange.public_id]), NAMERS)
    assert "There is no credential" in refused.value.problems["credential_ids"][0]


def test_a_change_is_tried_with_what_it_leaves_as_it_is(session: Session) -> None:
    own = organization(session).id
    used = credential(session, own, now=T)
    monitor = watched_with(session, own, used, now=T)
    draft = drafts.of_change(session, own, monitor.public_id, {"timeout_seconds": 3}, own=WRITERS)
    assert (draft.url, draft.timeout_seconds) == (monitor.url, 3)
    with pytest.raises(Forbidden):
        drafts.of_change(
            session, own, monitor.public_id, {"url": "https://evil.example/"}, own=WRITERS
        )


def test_drafts_count_with_the_test_runs_of_the_organization(session: Session) -> None:
    own = organization(session).id
    for _ in range(5):
        request(session, own, values())
    with pytest.raises(Conflict, match="at most 5 test runs in progress"):
        request(session, own, values())


def test_only_the_organization_finds_a_draft_and_not_as_one_of_a_monitor(session: Session) -> None:
    own, other = organization(session).id, organization(session).id
    test_run = request(session, own, values())
    assert test_runs.find_draft(session, own, test_run.public_id, now=T) is test_run
    with pytest.raises(NotFound):
        test_runs.find_draft(session, other, test_run.public_id, now=T)
    monitor = make.monitor(session, own, now=T)
    with pytest.raises(NotFound):
        test_runs.find(session, monitor, test_run.public_id, now=T)
