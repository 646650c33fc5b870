"""Housekeeping of billing: what a process that is killed leaves undone, the next one does."""

import os
import signal
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from domain.plans.billing import Subscription, SubscriptionStatus
from domain.plans.standing import Standing
from models import AuditEntry, BillingAccount, Organization
from models.session import engine
from services.billing import accounts
from services.billing.provider import BillingProvider
from tasks import billing
from tests.factories.organizations import organization

NOW = datetime.now(UTC)
UNPAID = Subscription(status=SubscriptionStatus.PAST_DUE, past_due_since=NOW - timedelta(days=20))
COMMITS = 3
"""Of one reading: what is due, when it begins, and what it found."""


class _Provider:
    def subscription(self, customer: str) -> Subscription:
        assert customer == "cus_1"
        return UNPAID


def _read() -> None:
    billing.read(cast("BillingProvider", _Provider()))


def _read_and_be_killed_before(commit: int) -> None:
    """Read in a process of its own, which is killed before one of its commits."""
    child = os.fork()
    if child == 0:
        engine().dispose(close=False)
        seen = []

        def die(_: Session) -> None:
            seen.append(1)
            if len(seen) == commit:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Session, "before_commit", die)
        try:
            _read()
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.fixture
def unpaid(committed: Engine) -> int:
    with Session(committed) as session, session.begin():
        key = organization(session, "Shop").id
        accounts.begin(session, key, "cus_1", now=NOW - timedelta(days=30))
    return key


def test_a_reading_that_was_killed_at_any_commit_is_done_once_by_the_next(
    committed: Engine, unpaid: int
) -> None:
    for commit in range(1, COMMITS + 1):
        _read_and_be_killed_before(commit)
        with Session(committed) as session:
            assert session.get_one(Organization, unpaid).standing is Standing.ACTIVE
            assert session.get_one(BillingAccount, unpaid).read_at is None
            assert session.scalars(select(AuditEntry)).all() == []
    for _ in range(2):
        _read()
    with Session(committed) as session:
        assert session.get_one(Organization, unpaid).standing is Standing.RESTRICTED
        (entry,) = session.scalars(select(AuditEntry))
    assert entry.action == "organization.standing_changed"
