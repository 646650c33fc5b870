"""One function resolves every limit: overrides, the plan, the operator, the default."""

import pytest
from sqlalchemy import event as listening
from sqlalchemy.orm import Session

from config.limits import KINDS, USUAL
from config.plans import Plan, Plans
from domain.plans.standing import Standing
from services import quotas
from services.errors import LimitReached, NotFound
from services.monitors.kinds import SETTINGS
from services.plans import changes, terms
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import NOW

PLANS = Plans(
    default="free",
    plans={
        "free": Plan(name="Free", limits={"monitors": 1, "sso": 0}),
        "team": Plan(name="Team", limits={"monitors": 5}),
    },
)


@pytest.fixture
def owner(session: Session) -> int:
    terms.offer(session, {"monitors": 100, "contacts": 7}, PLANS)
    return organization(session).id


def test_the_nearest_that_names_a_limit_sets_it(session: Session, owner: int) -> None:
    assert quotas.limit(session, owner, "monitors") == 1
    assert quotas.limit(session, owner, "contacts") == 7
    assert quotas.limit(session, owner, "slos") == USUAL["slos"]
    changes.set_plan(session, owner, "team", now=NOW)
    assert quotas.limit(session, owner, "monitors") == 5
    changes.override(session, owner, {"monitors": 9}, now=NOW)
    assert quotas.limit(session, owner, "monitors") == 9
    changes.override(session, owner, {"monitors": None}, now=NOW)
    assert quotas.limit(session, owner, "monitors") == 5


def test_a_plan_that_is_gone_is_the_default(session: Session, owner: int) -> None:
    changes.set_plan(session, owner, "team", now=NOW)
    terms.offer(session, {}, Plans(default="free", plans={"free": PLANS.plans["free"]}))
    terms.forget(session, owner)
    assert terms.of(session, owner).plan_id == "free"


def test_invariant_6_limits_of_one_organization_are_not_those_of_another(
    session: Session, owner: int
) -> None:
    other = organization(session).id
    changes.override(session, owner, {"monitors": 9}, now=NOW)
    assert quotas.limit(session, other, "monitors") == 1


def test_the_terms_are_read_once_in_a_transaction(session: Session, owner: int) -> None:
    session.flush()
    asked: list[str] = []
    listening.listen(
        session.connection(), "before_cursor_execute", lambda *args: asked.append(str(args[2]))
    )
    for name in USUAL:
        quotas.limit(session, owner, name)
    assert len(asked) == 1


def test_a_refusal_says_which_limit_of_which_plan_and_what_is_used(
    session: Session, owner: int
) -> None:
    make.monitor(session, owner, now=NOW)
    with pytest.raises(LimitReached) as refused:
        make.monitor(session, owner, now=NOW)
    found = refused.value
    assert (found.limit, found.allowed, found.used, found.plan) == ("monitors", 1, 1, "free")
    with pytest.raises(LimitReached, match="does not include this"):
        quotas.refuse_unless_included(session, owner, "sso")
    quotas.refuse_unless_included(session, owner, "scim")


def test_the_standing_is_active_until_it_is_changed(session: Session, owner: int) -> None:
    assert terms.of(session, owner).standing is Standing.ACTIVE
    changes.set_standing(session, owner, Standing.RESTRICTED, now=NOW)
    assert terms.of(session, owner).standing is Standing.RESTRICTED


def test_nobody_has_no_terms(session: Session) -> None:
    with pytest.raises(NotFound):
        terms.of(session, 0)


def test_each_kind_of_monitor_can_be_left_out_of_a_plan() -> None:
    assert set(KINDS) == set(SETTINGS)
