"""The console: operators find and help organizations, each act is told, and nobody else gets in."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.settings import Settings
from models import (
    AccountMail,
    AuditEntry,
    Delivery,
    FactorReset,
    Organization,
    SecondFactor,
    Suspension,
    User,
)
from models.delivery import DeliveryState
from services.audit import acts, verify
from tests.services.outage import NOW
from tests.web.reader import Reader
from tests.web.routes.operating.conftest import OPERATORS, key_of, proven, user_of, with_operators

Told = Callable[[str], list[AuditEntry]]


def test_an_organization_is_found_and_shown(operator: Reader, cat: Reader, shop: str) -> None:
    del cat
    found = operator.get("/operator/find", q="CAT@exam")
    assert "cat@example.test" in found.text
    seen = operator.get(f"/operator/organizations/{shop}")
    assert "cat@example.test" in seen.text
    assert "Active" in seen.text or "active" in seen.text
    assert operator.get("/operator/find", q=shop).select(
        f'a[href="/operator/organizations/{shop}"]'
    )


def test_the_plan_and_a_limit_are_changed_and_told_on_both_sides(
    operator: Reader, shop: str, session: Session, told: Told
) -> None:
    path = f"/operator/organizations/{shop}"
    seen = operator.post(f"{path}/limits", limit="monitors", value="3")
    assert "The limit was changed." in seen.text
    assert "The plan was changed." in operator.post(f"{path}/plan", plan="default").text
    row = session.scalars(select(Organization).filter_by(public_id=shop)).one()
    assert (row.limit_overrides, row.plan) == ({"monitors": 3}, "default")
    entries = told("organization.limits_changed")
    assert [each.organization_id for each in entries] == [row.id, acts.INSTANCE]
    for each in entries:
        assert (each.via, each.actor_kind, each.actor_label) == (
            "operator",
            "operator",
            OPERATORS[0],
        )
        assert str(each.target_id) == shop
        assert each.changes[0]["fields"]["limit_overrides"] == [{}, {"monitors": 3}]
        assert verify.verify(session, each.organization_id).is_intact


def test_a_value_that_no_limit_can_have_is_refused_with_words(operator: Reader, shop: str) -> None:
    path = f"/operator/organizations/{shop}/limits"
    assert operator.post(path, limit="monitors", value="many").status == 422
    assert operator.post(path, limit="mind", value="1").status == 422
    assert operator.post(f"/operator/organizations/{shop}/plan", plan="gold").status == 422


def test_a_suspended_organization_is_refused_and_comes_back(
    operator: Reader, cat: Reader, shop: str, session: Session, told: Told
) -> None:
    path = f"/operator/organizations/{shop}"
    assert operator.post(f"{path}/suspend", reason=" ").status == 422
    seen = operator.post(f"{path}/suspend", reason="Sends spam")
    assert "Sends spam" in seen.text
    assert cat.get("/monitors").status == 403
    assert cat.api.send("GET", "monitors").status_code == 403
    assert operator.post(f"{path}/suspend", reason="Again").status == 409
    mail = session.scalars(select(AccountMail).filter_by(event="organization_suspended")).one()
    assert (mail.address, mail.facts["Reason"]) == ("cat@example.test", "Sends spam")
    assert len(told("organization.suspended")) == 2
    assert {"reason": [None, "Sends spam"]}.items() <= told("organization.suspended")[0].changes[0][
        "fields"
    ].items()
    assert "Checks begin again" in operator.post(f"{path}/unsuspend").text
    assert cat.get("/monitors").status == 200
    assert operator.post(f"{path}/unsuspend").status == 409
    assert session.scalars(select(Suspension)).all() == []


def _dead(session: Session, shop: str) -> Delivery:
    row = Delivery(
        organization_id=key_of(session, shop),
        dedup_key="incident/1/down",
        event="quota",
        kind="email",
        address="cat@example.test",
        state=DeliveryState.DEAD,
        next_attempt_at=NOW,
        created_at=NOW,
        last_error="550 no such user",
    )
    session.add(row)
    session.commit()
    return row


def _state(session: Session, letter: Delivery) -> DeliveryState:
    session.refresh(letter)
    return letter.state


def test_a_dead_letter_is_sent_again_or_given_up(
    operator: Reader, shop: str, session: Session, told: Told
) -> None:
    letter = _dead(session, shop)
    path = f"/operator/organizations/{shop}"
    assert "550 no such user" in operator.get(path).text
    at = f"{path}/deliveries/{letter.public_id}"
    assert "will be sent again" in operator.post(f"{at}/retry").text
    assert _state(session, letter) is DeliveryState.PENDING
    assert "was cancelled" in operator.post(f"{at}/cancel").text
    assert _state(session, letter) is DeliveryState.CANCELLED
    assert operator.post(f"{at}/cancel").status == 409
    assert operator.post(f"{path}/deliveries/{uuid4()}/cancel").status == 404
    assert (len(told("delivery.resent")), len(told("delivery.cancelled"))) == (2, 2)


def test_a_letter_of_one_organization_is_not_reached_through_another(
    operator: Reader, cat: Reader, shop: str, session: Session
) -> None:
    letter = _dead(session, shop)
    other = Reader(cat.app).register("dan@example.test").api.read("me")["organization"]["id"]
    for act in ("retry", "cancel"):
        at = f"/operator/organizations/{other}/deliveries/{letter.public_id}/{act}"
        assert operator.post(at).status == 404


def test_a_second_factor_takes_two_operators(
    operator: Reader, second: Reader, cat: Reader, session: Session, told: Told
) -> None:
    proven(cat)
    user = user_of(session, "cat@example.test")
    at = f"/operator/users/{user.public_id}"
    asked = operator.post(f"{at}/factor-reset", reason="Lost the phone, called back")
    assert "24 hours" in asked.text
    assert operator.post(f"{at}/factor-reset", reason="Again").status == 409
    confirm = str(
        second.get("/operator/factor-resets").select("form[action$=confirm]")[0]["action"]
    )
    assert not operator.get("/operator/factor-resets").select("form[action$=confirm]")
    assert operator.post(confirm).status == 409
    assert session.get(SecondFactor, user.id) is not None
    assert "was removed" in second.post(confirm).text
    session.expire_all()
    assert session.get(SecondFactor, user.id) is None
    assert cat.get("/monitors").path.startswith("/login")
    mails = session.scalars(select(AccountMail.event).filter_by(address="cat@example.test")).all()
    assert {"factor_reset_asked", "factor_reset"} <= set(mails)
    assert second.post(confirm).status == 404
    (shop, ours) = told("user.factor_reset")
    assert (ours.organization_id, ours.actor_label) == (acts.INSTANCE, OPERATORS[1])
    assert shop.target_id == user.public_id
    assert ours.changes[0]["fields"]["asked_by"] == [None, OPERATORS[0]]


def test_a_removal_that_nobody_confirms_within_a_day_is_over(
    operator: Reader, second: Reader, cat: Reader, session: Session
) -> None:
    proven(cat)
    user = user_of(session, "cat@example.test")
    operator.post(f"/operator/users/{user.public_id}/factor-reset", reason="Lost")
    confirm = str(
        second.get("/operator/factor-resets").select("form[action$=confirm]")[0]["action"]
    )
    session.execute(update(FactorReset).values(expires_at=NOW))
    session.commit()
    assert second.post(confirm).status == 404
    assert session.get(SecondFactor, user.id) is not None


def test_what_a_former_operator_asked_for_is_not_confirmed(
    operated: Flask,
    settings: Settings,
    operator: Reader,
    second: Reader,
    cat: Reader,
    session: Session,
) -> None:
    proven(cat)
    user = user_of(session, "cat@example.test")
    operator.post(f"/operator/users/{user.public_id}/factor-reset", reason="Lost")
    confirm = str(
        second.get("/operator/factor-resets").select("form[action$=confirm]")[0]["action"]
    )
    with_operators(operated, settings, OPERATORS[1])
    assert second.post(confirm).status == 409
    assert session.get(SecondFactor, user.id) is not None


def test_an_operator_takes_part_in_no_removal_of_the_own_factor(
    operator: Reader, second: Reader, session: Session
) -> None:
    ada = user_of(session, OPERATORS[0])
    at = f"/operator/users/{ada.public_id}/factor-reset"
    assert operator.post(at, reason="Mine").status == 409
    assert second.post(at, reason="Ada lost it").status == 200
    reset = second.get("/operator/factor-resets").select("form[action$=refuse]")[0]["action"]
    assert operator.post(str(reset).replace("refuse", "confirm")).status == 409
    assert "was refused" in operator.post(str(reset)).text


def _console(app: Flask, **ids: str) -> list[tuple[str, str]]:
    """Return the method and path of every route of the console."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("web-operating"):
            path = re.sub(r"<uuid:(\w+)>", lambda name: ids.get(name[1], str(uuid4())), rule.rule)
            found.append(("POST" if "POST" in (rule.methods or ()) else "GET", path))
    assert len(found) >= 14
    return found


@pytest.mark.parametrize("who", ["stranger", "demoted", "factorless"])
def test_nobody_else_finds_any_page_of_the_console(
    operated: Flask, settings: Settings, cat: Reader, shop: str, session: Session, who: str
) -> None:
    reader = cat
    if who == "demoted":
        reader = proven(Reader(operated).register(OPERATORS[0]))
        assert reader.get("/operator/find").status == 200
        with_operators(operated, settings, OPERATORS[1])
    elif who == "factorless":
        reader = Reader(operated).register(OPERATORS[0])
    user = str(user_of(session, "cat@example.test").public_id)
    before = session.scalars(select(AuditEntry.public_id)).all()
    for method, path in _console(operated, organization_id=shop, user_id=user):
        fields: dict[str, Any] = {"reason": "x", "limit": "monitors", "value": "1"}
        seen = reader.get(path) if method == "GET" else reader.post(path, **fields)
        assert seen.status == 404, (method, path, seen.status)
    assert session.scalars(select(AuditEntry.public_id)).all() == before
    session.expire_all()
    assert session.scalars(select(User).filter_by(email="cat@example.test")).one().password_hash
