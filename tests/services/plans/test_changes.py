"""An operator changes plans and limits, and no value that makes no sense is stored."""

import uuid

import pytest
from sqlalchemy.orm import Session

from services.errors import Invalid, NotFound
from services.plans import changes
from tests.factories.organizations import organization
from tests.services.outage import NOW


@pytest.mark.parametrize(
    ("name", "value"),
    [("monitor", 1), ("monitors", -1), ("monitors", 10**12), ("voice", 2)],
    ids=["unknown", "negative", "too large", "no feature"],
)
def test_an_override_that_makes_no_sense_is_refused(
    session: Session, name: str, value: int
) -> None:
    row = organization(session)
    with pytest.raises(Invalid) as refused:
        changes.override(session, row.id, {name: value}, now=NOW)
    assert list(refused.value.problems) == [name]
    assert row.limit_overrides == {}


def test_a_plan_that_does_not_exist_is_refused(session: Session) -> None:
    row = organization(session)
    with pytest.raises(Invalid, match="invalid"):
        changes.set_plan(session, row.id, "gold", now=NOW)
    assert changes.set_plan(session, row.id, None, now=NOW).plan is None


def test_a_deleted_organization_is_not_found(session: Session) -> None:
    row = organization(session)
    assert changes.find(session, row.public_id) is row
    row.deleted_at = NOW
    session.flush()
    for wanted in (row.public_id, uuid.uuid4()):
        with pytest.raises(NotFound):
            changes.find(session, wanted)
