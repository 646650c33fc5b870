"""`downtime plan`: an operator sees and changes what one organization may use."""

import getpass

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cli.main import main
from models import AuditEntry, Organization
from models.audit_entry import ActorKind
from tests.factories.organizations import organization


def test_limits_of_one_organization_are_shown_and_changed(
    committed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with Session(committed) as session, session.begin():
        row = organization(session, "Shop")
        key, named = row.id, str(row.public_id)
    assert main(["plan", "override", named, "monitors=50", "voice=0"]) == 0
    shown = capsys.readouterr().out
    assert "Shop: plan default (Default), active" in shown
    assert "monitors: 0 of 50 (of this organization)" in shown
    assert main(["plan", "override", named, "voice="]) == 0
    with Session(committed) as session:
        assert session.get_one(Organization, key).limit_overrides == {"monitors": 50}


def test_a_change_is_in_the_audit_log_of_the_organization_and_a_look_is_not(
    committed: Engine,
) -> None:
    with Session(committed) as session, session.begin():
        row = organization(session, "Shop")
        key, named = row.id, str(row.public_id)
    for arguments in (["show", named], ["override", named, "monitors=50"], ["set", named, "gold"]):
        main(["plan", *arguments])
    with Session(committed) as session:
        (entry,) = session.scalars(select(AuditEntry).filter_by(organization_id=key))
    assert (entry.action, entry.target_label) == ("organization.limits_changed", "Shop")
    assert (entry.actor_kind, entry.actor_label) == (ActorKind.OPERATOR, getpass.getuser())
    assert entry.changes[0]["fields"] == {"limit_overrides": [{}, {"monitors": 50}]}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["set", "{}", "gold"], "There is no plan gold."),
        (["override", "{}", "monitor=1"], "There is no limit monitor."),
        (["override", "{}", "monitors=many"], "invalid literal"),
        (["show", "00000000-0000-4000-8000-000000000000"], "There is no such organization."),
    ],
    ids=["plan", "limit", "number", "organization"],
)
def test_what_does_not_exist_is_refused(
    committed: Engine,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    reason: str,
) -> None:
    with Session(committed) as session, session.begin():
        named = str(organization(session).public_id)
    assert main(["plan", *(each.format(named) for each in arguments)]) == 1
    assert reason in capsys.readouterr().err
