"""What is used of each limit, counted as the quotas count it."""

from sqlalchemy.orm import Session

from config.limits import USUAL
from models import TextUsage
from services.usage import limits
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import NOW


def used(session: Session, owner: int) -> dict[str, float | None]:
    return {each.name: each.used for each in limits.of_limits(session, owner, now=NOW)}


def test_each_limit_is_listed_and_what_is_there_is_counted(session: Session) -> None:
    owner = organization(session).id
    make.monitor(session, owner, now=NOW, interval_seconds=60)
    make.monitor(session, owner, now=NOW, interval_seconds=60, paused=True)
    session.add(TextUsage(organization_id=owner, month=NOW.date().replace(day=1), segments=3))
    session.flush()
    found = used(session, owner)
    assert list(found) == list(USUAL)
    assert found["monitors"] == 2
    assert found["checks_per_day"] == 1440
    assert found["texts_per_month"] == 3
    assert [found[name] for name in ("regions", "incident_notes", "archive_days")] == [None] * 3


def test_invariant_6_what_others_use_is_not_counted(session: Session) -> None:
    ours, theirs = organization(session).id, organization(session).id
    make.monitor(session, theirs, now=NOW)
    assert not any(used(session, ours).values())


def test_a_plan_has_its_amounts_and_features_apart(session: Session) -> None:
    owner = organization(session).id
    view = limits.plan(session, owner, now=NOW)
    assert (view.plan_id, view.name, view.standing.value) == ("default", "Default", "active")
    assert view.features["kind_http"]
    assert view.features["sso"]
    assert not {each.name for each in view.amounts} & view.features.keys()
