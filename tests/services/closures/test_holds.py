"""Legal holds: begun and ended by an operator, known to owners or not, and audited either way."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry
from services.archive import retention
from services.audit import acts
from services.closures import holds
from services.errors import Conflict, Invalid
from tests.factories.organizations import organization

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("is_hidden", [False, True])
def test_a_hold_is_shown_unless_hidden_and_audited_where_it_may_be_read(
    session: Session, *, is_hidden: bool
) -> None:
    owner = organization(session)
    holds.begin(
        session, owner.public_id, reason=" Case 1 ", is_hidden=is_hidden, operator="eve", now=NOW
    )
    shown = holds.shown(session, owner.id)
    assert (shown is None) is is_hidden
    assert [(each.reason, each.since) for each in holds.every(session)] == [("Case 1", NOW)]
    words = "cannot be deleted now" if is_hidden else "on legal hold"
    with pytest.raises(Conflict, match=words):
        retention.refuse_held(session, owner.id)
    holds.end(session, owner.public_id, operator="eve")
    retention.refuse_held(session, owner.id)
    assert holds.every(session) == []
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    chains = {acts.INSTANCE} if is_hidden else {acts.INSTANCE, owner.id}
    both = ["organization.hold_begun", "organization.hold_ended"]
    for chain in chains:
        assert [each.action for each in entries if each.organization_id == chain] == both
    assert {each.organization_id for each in entries} == chains
    assert {each.actor_label for each in entries} == {"eve"}


def test_a_hold_needs_a_reason_and_begins_and_ends_once(session: Session) -> None:
    owner = organization(session)
    values = {"is_hidden": False, "operator": "eve", "now": NOW}
    with pytest.raises(Invalid):
        holds.begin(session, owner.public_id, reason=" ", **values)  # type: ignore[arg-type]  # of mixed types
    with pytest.raises(Conflict):
        holds.end(session, owner.public_id, operator="eve")
    holds.begin(session, owner.public_id, reason="x", **values)  # type: ignore[arg-type]  # of mixed types
    with pytest.raises(Conflict):
        holds.begin(session, owner.public_id, reason="x", **values)  # type: ignore[arg-type]  # of mixed types
