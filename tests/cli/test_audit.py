"""`downtime audit verify`: intact chains, a chain that somebody changed, and an anchor."""

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from cli.main import main
from models import AuditEntry, Organization
from models.audit_entry import Via
from services.audit import acts, record
from services.audit.acts import Circumstances
from tests.factories.organizations import organization


def _append(session: Session, owner: Organization) -> AuditEntry:
    acts.begin(session, Circumstances(action="monitor.updated", via=Via.APP))
    acts.declare_user(session, owner.id, 0)
    (entry,) = record.record(session)
    return entry


def test_it_tells_an_intact_chain_from_one_that_was_changed(
    committed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        owner = organization(session)
        first, last = _append(session, owner), _append(session, owner)
    anchor = f"{first.sequence}:{first.hash.hex()}"
    mine = ["audit", "verify", "--organization", str(owner.public_id)]
    assert main(["audit", "verify"]) == 0
    assert main([*mine, "--anchor", anchor]) == 0
    assert f"intact, 2 entries, last 2:{last.hash.hex()}" in capsys.readouterr().out
    assert main([*mine, "--anchor", f"1:{'00' * 32}"]) == 1
    with committed.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE audit_entries SET via = 'link' WHERE sequence = 2"))
    assert main(["audit", "verify"]) == 1
    assert "entry 2: It was changed." in capsys.readouterr().out


def test_an_act_during_the_verification_is_no_problem(
    committed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        owner = organization(session)
        _append(session, owner)
    waiting = [owner]

    def act_meanwhile(_: object, __: object, statement: str, *___: object) -> None:
        if "FROM audit_heads" in statement and "WHERE" in statement and waiting:
            with Session(committed) as session, session.begin():
                _append(session, waiting.pop())

    event.listen(Engine, "after_cursor_execute", act_meanwhile)
    try:
        assert main(["audit", "verify"]) == 0
    finally:
        event.remove(Engine, "after_cursor_execute", act_meanwhile)
    assert not waiting
    assert "intact, 1 entries" in capsys.readouterr().out


def test_an_unknown_organization_and_an_anchor_without_one_are_refused(database: Engine) -> None:
    del database
    assert main(["audit", "verify", "--organization", "0" * 32]) == 2
    with pytest.raises(SystemExit):
        main(["audit", "verify", "--anchor", f"1:{'00' * 32}"])
