"""How many monitors use a credential, and when it was last refused."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause
from models import Credential
from services.credentials import usage
from services.monitors import monitors
from tests.factories import monitors as make
from tests.factories.credentials import credential, watched_with
from tests.factories.organizations import organization
from tests.services.pinged import T


@pytest.fixture
def used(session: Session) -> Credential:
    return credential(session, organization(session).id, now=T)


def test_only_monitors_that_are_there_use_a_credential(session: Session, used: Credential) -> None:
    own = used.organization_id
    watched_with(session, own, used, now=T)
    gone = watched_with(session, own, used, now=T)
    monitors.delete(session, own, gone.public_id, now=T)
    session.flush()
    assert usage.monitors(session, [used.id]) == {used.id: 1}


def test_the_last_refusal_is_the_latest_outage_for_lack_of_authorization(
    session: Session, used: Credential
) -> None:
    monitor = watched_with(session, used.organization_id, used, now=T)
    assert usage.refusals(session, [used.id], now=T) == {}
    for days, cause in ((30, Cause.AUTHORIZATION), (3, Cause.AUTHORIZATION), (1, Cause.TIMEOUT)):
        began = T - timedelta(days=days)
        made = make.incident(session, monitor, started_at=began, ended_at=began)
        made.cause = cause
    session.flush()
    found = usage.refusals(session, [used.id], now=T)[used.id]
    assert found.started_at == T - timedelta(days=3)
    assert usage.refusals(session, [used.id], now=T + timedelta(days=88)) == {}
