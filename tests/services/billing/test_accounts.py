"""What was read of a customer decides the plan, the standing and the reminders."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.plans import Plan, Plans
from domain.alerting.alert import AlertEvent
from domain.plans.billing import Reading, Subscription, SubscriptionStatus
from domain.plans.metering import HOUR, Meter
from domain.plans.standing import Standing
from models import AuditEntry, BillingAccount, MeterReading, Organization
from models.audit_entry import ActorKind, Via
from services.audit.verify import verify
from services.billing import accounts, usage
from services.billing.provider import MeterEvent
from services.events import audit
from services.plans import changes, terms
from tests.factories.organizations import organization
from tests.services.outage import NOW, owner_of
from tests.services.relaying import of_event

PLANS = Plans(
    default="free",
    plans={"free": Plan(name="Free"), "team": Plan(name="Team", price="price_team")},
)
PAID = Subscription(status=SubscriptionStatus.ACTIVE, price="price_team")
FAILED = replace(PAID, status=SubscriptionStatus.PAST_DUE, past_due_since=NOW)


def after(days: float) -> datetime:
    return NOW + timedelta(days=days)


@pytest.fixture
def account(session: Session) -> BillingAccount:
    terms.offer(session, {}, PLANS)
    owner = organization(session)
    owner_of(session, owner.id, "ada@example.org")
    return accounts.begin(session, owner.id, "cus_1", now=NOW - timedelta(hours=1))


def read(
    session: Session, account: BillingAccount, found: Subscription, moment: datetime
) -> Organization:
    accounts.store(session, account.organization_id, Reading(moment, found), now=moment)
    return session.get_one(Organization, account.organization_id)


def test_a_subscription_gives_its_plan_and_its_end_the_default(
    session: Session, account: BillingAccount
) -> None:
    assert read(session, account, PAID, NOW).plan == "team"
    ended = replace(PAID, status=SubscriptionStatus.CANCELED)
    assert read(session, account, ended, after(1)).plan is None


def test_a_price_that_no_plan_has_changes_nothing(
    session: Session, account: BillingAccount
) -> None:
    read(session, account, PAID, NOW)
    assert read(session, account, replace(PAID, price="price_old"), after(1)).plan == "team"


def test_a_reading_that_began_earlier_is_forgotten(
    session: Session, account: BillingAccount
) -> None:
    read(session, account, PAID, after(1))
    assert read(session, account, FAILED, NOW).plan == "team"
    assert account.status is SubscriptionStatus.ACTIVE


def test_grace_then_restriction_and_a_payment_ends_it(
    session: Session, account: BillingAccount
) -> None:
    row = read(session, account, FAILED, NOW)
    found = []
    for days in (0, 13, 14, 43, 50):
        accounts.apply_time(session, account.organization_id, now=after(days))
        found.append(row.standing.value)
    assert found == ["active", "active", "restricted", "restricted", "suspended"]
    assert read(session, account, PAID, after(51)).standing is Standing.ACTIVE


def test_a_payment_does_not_bring_back_whom_an_operator_has_suspended(
    session: Session, account: BillingAccount
) -> None:
    row = read(session, account, FAILED, NOW)
    changes.set_standing(session, row.id, Standing.SUSPENDED, now=NOW)
    accounts.apply_time(session, account.organization_id, now=after(20))
    assert read(session, account, PAID, after(21)).standing is Standing.SUSPENDED


def test_owners_are_reminded_four_times_and_again_of_another_invoice(
    session: Session, account: BillingAccount
) -> None:
    read(session, account, FAILED, NOW)
    for day in range(14):
        for _ in range(2):
            accounts.apply_time(session, account.organization_id, now=after(day))
    mails = of_event(session, AlertEvent.QUOTA)
    assert [mail.address for mail in mails] == ["ada@example.org"] * 4
    assert "2026-12-08" in mails[0].facts["cause"]
    read(session, account, PAID, after(14))
    read(session, account, replace(FAILED, past_due_since=after(30)), after(30))
    assert len(of_event(session, AlertEvent.QUOTA)) == 5


def test_the_audit_log_tells_what_billing_changed_and_nothing_of_a_reading_without_a_change(
    session: Session, account: BillingAccount
) -> None:
    readings = [(PAID, 0), (PAID, 1), (FAILED, 2), (FAILED, 20), (FAILED, 21)]
    for found, day in readings:
        with audit.act_of(session, Via.SYSTEM):
            read(session, account, found, after(day))
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [each.action for each in entries] == [
        "organization.plan_changed",
        "organization.standing_changed",
    ]
    assert entries[0].changes[0]["fields"] == {"plan": [None, "team"]}
    assert entries[1].changes[0]["fields"] == {"standing": ["active", "restricted"]}
    assert {(each.actor_kind, each.actor_label) for each in entries} == {
        (ActorKind.SYSTEM, "billing")
    }
    assert verify(session, account.organization_id).is_intact


def test_an_account_is_due_after_an_event_and_after_a_while(
    session: Session, account: BillingAccount
) -> None:
    def due(moment: datetime) -> list[str]:
        return [each.customer for each in accounts.due(session, now=moment)]

    assert due(NOW) == ["cus_1"]
    read(session, account, PAID, NOW)
    assert due(after(0.1)) == []
    assert due(after(1)) == ["cus_1"]
    assert accounts.note_event(session, "cus_1", now=after(0.1))
    assert not accounts.note_event(session, "cus_of_nobody", now=after(0.1))
    assert due(after(0.1)) == ["cus_1"]


def test_final_hours_are_reported_once_under_their_identifier(
    session: Session, account: BillingAccount
) -> None:
    read(session, account, PAID, NOW)
    owner = session.get_one(Organization, account.organization_id)
    slot = int(NOW.timestamp()) // HOUR * HOUR
    for amount, is_correction in ((60, False), (2, True)):
        session.add(
            MeterReading(
                organization_id=owner.id,
                meter=Meter.SCHEDULED_CHECKS,
                from_slot=slot,
                amount=amount,
                is_correction=is_correction,
                recorded_at=NOW,
            )
        )
    session.flush()
    pushed: list[MeterEvent] = []
    while (push := usage.due(session, now=after(2))) is not None:
        pushed += push.events
        usage.note_pushed(session, push)
    assert [(each.identifier, each.amount, each.customer) for each in pushed] == [
        (f"{owner.public_id}:scheduled_checks:{slot}", 62, "cus_1")
    ]
