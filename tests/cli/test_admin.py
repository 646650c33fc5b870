"""`downtime admin`: what the console does, on the command line, and as well told."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cli.main import main
from config.settings import load
from domain.plans.standing import Standing
from models import AuditEntry, FactorReset, Organization, SecondFactor, User
from services.audit import acts
from tests.factories.organizations import organization
from tests.services.outage import NOW, owner_of

_ADA = "ada@example.test"


def _factor(session: Session, email: str) -> User:
    """Give the user with an address an authenticator app."""
    user = session.scalars(select(User).filter_by(email=email)).one()
    session.add(
        SecondFactor(
            user_id=user.id,
            wrapped_by="test",
            wrapped=bytes(40),
            nonce=bytes(12),
            ciphertext=b"x",
            created_at=NOW,
            confirmed_at=NOW,
        )
    )
    return user


@pytest.fixture
def shop(committed: Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    """Make an organization of Cat, and let Ada be an operator; return its key and both ids."""
    monkeypatch.setenv("DOWNTIME_OPERATORS", _ADA)
    load.cache_clear()
    with Session(committed) as session, session.begin():
        owner_of(session, organization(session, "Home").id, _ADA)
        row = organization(session, "Shop")
        owner_of(session, row.id, "cat@example.test")
        session.flush()
        _factor(session, _ADA)
        cat = _factor(session, "cat@example.test")
        return row.id, str(row.public_id), str(cat.public_id)


@pytest.fixture(autouse=True)
def settings_as_before() -> object:
    yield
    load.cache_clear()


def test_an_operator_finds_and_suspends_an_organization(
    committed: Engine, shop: tuple[int, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    key, named, _ = shop
    assert main(["admin", "find", "cat@"]) == 0
    assert "user" in capsys.readouterr().out
    assert main(["admin", "suspend", named, "Sends", "spam"]) == 1
    assert "Name who acts" in capsys.readouterr().err
    assert main(["admin", "--operator", _ADA, "suspend", named, "Sends", "spam"]) == 0
    assert main(["admin", "show", named]) == 0
    assert "Sends spam" in capsys.readouterr().out
    with Session(committed) as session:
        assert session.get_one(Organization, key).standing is Standing.SUSPENDED
        entries = session.scalars(select(AuditEntry).filter_by(action="organization.suspended"))
        assert {(each.organization_id, each.actor_label) for each in entries} == {
            (key, _ADA),
            (acts.INSTANCE, _ADA),
        }


def test_a_second_factor_is_only_asked_for(
    committed: Engine, shop: tuple[int, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, cat = shop
    assert main(["admin", "--operator", _ADA, "reset-factor", cat, "Lost"]) == 0
    assert "Another operator confirms this" in capsys.readouterr().out
    with Session(committed) as session:
        assert session.scalars(select(FactorReset)).one().confirmed_at is None
        assert len(session.scalars(select(SecondFactor)).all()) == 2


@pytest.mark.parametrize(
    ("who", "arguments", "reason"),
    [
        ("cat@example.test", ["suspend", "{}", "x"], "There is no such operator."),
        (_ADA, ["suspend", "{}"], "Must have between 1 and 500"),
        (_ADA, ["limit", "{}", "monitor=1"], "There is no limit monitor."),
        (_ADA, ["plan"], "A value is missing."),
        (_ADA, ["show", "00000000-0000-4000-8000-000000000000"], "no such organization"),
    ],
    ids=["nobody", "reason", "limit", "value", "organization"],
)
def test_what_cannot_be_done_is_refused_with_words(
    shop: tuple[int, str, str],
    capsys: pytest.CaptureFixture[str],
    who: str,
    arguments: list[str],
    reason: str,
) -> None:
    named = [each.format(shop[1]) for each in arguments]
    assert main(["admin", "--operator", who, *named]) == 1
    assert reason in capsys.readouterr().err
