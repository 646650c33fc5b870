"""A domain is proven by a record of the DNS, by one organization at a time, and lost after a week."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry, Domain
from models.domain import DomainProblem, DomainState
from services.domains import dns_records, domains, proofs
from services.errors import Conflict, Invalid
from tests.factories.organizations import organization
from tests.servers.text_records import TextRecords, text_records

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def zone() -> Iterator[TextRecords]:
    with text_records() as served:
        yield served


@pytest.fixture(autouse=True)
def empty(zone: TextRecords) -> None:
    zone.records.clear()
    zone.broken.clear()


def check(session: Session, zone: TextRecords, now: datetime) -> None:
    """Do what the periodic task does."""
    for due in proofs.due(session, now=now):
        texts = dns_records.texts(due.name, zone.resolver())
        proofs.record(session, due, texts, now=now)


def asked(session: Session, owner: int, zone: TextRecords, name: str = "shop.test") -> Domain:
    domain = domains.create(session, owner, name=name, now=NOW)
    domains.request_check(session, owner, domain.public_id, now=NOW)
    check(session, zone, NOW)
    return domain


def proven(session: Session, owner: int, zone: TextRecords) -> Domain:
    domain = domains.create(session, owner, name="shop.test", now=NOW)
    zone.records["_downtime-challenge.shop.test"] = ["v=other", domain.challenge]
    domains.request_check(session, owner, domain.public_id, now=NOW)
    check(session, zone, NOW)
    assert domain.state is DomainState.PROVEN
    return domain


def acts(session: Session) -> list[tuple[str, str, str | None]]:
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
    return [(row.action, row.actor_kind.value, row.target_label) for row in rows]


def test_the_right_record_among_others_proves_the_domain(
    session: Session, zone: TextRecords
) -> None:
    domain = proven(session, organization(session).id, zone)
    assert (domain.proven_at, domain.problem, domain.next_check_at) == (NOW, None, NOW + DAY)
    assert acts(session) == [("domain.proven", "system", "shop.test")]


@pytest.mark.parametrize("texts", [[], ["downtime-domain="], ["x"]], ids=["none", "empty", "other"])
def test_any_other_record_does_not(session: Session, zone: TextRecords, texts: list[str]) -> None:
    if texts:
        zone.records["_downtime-challenge.shop.test"] = texts
    domain = asked(session, organization(session).id, zone)
    assert (domain.state, domain.problem) == (DomainState.PENDING, DomainProblem.MISSING)
    assert domain.next_check_at is None
    assert acts(session) == []


def test_servers_that_fail_prove_nothing(session: Session, zone: TextRecords) -> None:
    zone.broken.add("_downtime-challenge.shop.test")
    domain = asked(session, organization(session).id, zone)
    assert (domain.state, domain.problem) == (DomainState.PENDING, DomainProblem.UNANSWERED)


def test_the_record_of_another_organization_proves_nothing(
    session: Session, zone: TextRecords
) -> None:
    ours = domains.create(session, organization(session).id, name="shop.test", now=NOW)
    zone.records["_downtime-challenge.shop.test"] = [ours.challenge]
    theirs = asked(session, organization(session).id, zone)
    assert theirs.state is DomainState.PENDING


def test_one_organization_owns_a_domain_and_the_next_has_to_wait(
    session: Session, zone: TextRecords
) -> None:
    ours = proven(session, organization(session).id, zone)
    other = organization(session).id
    theirs = domains.create(session, other, name="shop.test", now=NOW)
    zone.records["_downtime-challenge.shop.test"].append(theirs.challenge)
    domains.request_check(session, other, theirs.public_id, now=NOW)
    check(session, zone, NOW)
    assert (theirs.state, theirs.problem) == (DomainState.PENDING, DomainProblem.OWNED)
    domains.delete(session, ours.organization_id, ours.public_id)
    domains.request_check(session, other, theirs.public_id, now=NOW)
    check(session, zone, NOW)
    assert theirs.state is DomainState.PROVEN


def test_a_domain_is_lost_with_the_seventh_failure_in_a_row(
    session: Session, zone: TextRecords
) -> None:
    domain = proven(session, organization(session).id, zone)
    kept = zone.records.pop("_downtime-challenge.shop.test")
    for day in range(1, 7):
        check(session, zone, NOW + day * DAY)
    assert (domain.state, domain.failures) == (DomainState.PROVEN, 6)
    zone.records["_downtime-challenge.shop.test"] = kept
    check(session, zone, NOW + 7 * DAY)
    assert domain.failures == 0
    zone.records.clear()
    for day in range(8, 15):
        assert domain.state is DomainState.PROVEN
        check(session, zone, NOW + day * DAY)
    assert (domain.state, domain.proven_at, domain.next_check_at) == (DomainState.LOST, None, None)
    assert [each[0] for each in acts(session)] == ["domain.proven", "domain.lost"]


def test_a_check_that_was_killed_is_made_again(session: Session) -> None:
    owner = organization(session).id
    domain = domains.create(session, owner, name="shop.test", now=NOW)
    domains.request_check(session, owner, domain.public_id, now=NOW)
    assert len(proofs.due(session, now=NOW)) == 1
    assert proofs.due(session, now=NOW) == []
    assert len(proofs.due(session, now=NOW + timedelta(minutes=5))) == 1


def test_a_domain_that_was_deleted_during_its_check_stays_deleted(session: Session) -> None:
    owner = organization(session).id
    domain = domains.create(session, owner, name="shop.test", now=NOW)
    domains.request_check(session, owner, domain.public_id, now=NOW)
    (due,) = proofs.due(session, now=NOW)
    domains.delete(session, owner, domain.public_id)
    proofs.record(session, due, frozenset({domain.challenge}), now=NOW)
    assert session.scalars(select(Domain)).all() == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [(" Shop.TEST. ", "shop.test"), ("bücher.example", "xn--bcher-kva.example")],
    ids=["case", "idn"],
)
def test_a_name_is_kept_as_the_dns_has_it(session: Session, name: str, kept: str) -> None:
    assert domains.create(session, organization(session).id, name=name, now=NOW).name == kept


@pytest.mark.parametrize(
    "name",
    [
        *("com", "127.0.0.1", "a..b", "-a.com", "a b.com", "x@y.com", "*.com", "a.com/x", "::1"),
        *("gmail.com", "GMail.com", "mail.gmail.com", "gmx.de", "outlook.com"),
        "a" * 64 + ".com",
    ],
)
def test_what_nobody_can_own_is_refused(session: Session, name: str) -> None:
    with pytest.raises(Invalid):
        domains.create(session, organization(session).id, name=name, now=NOW)


def test_a_domain_is_added_once(session: Session) -> None:
    owner = organization(session).id
    domains.create(session, owner, name="shop.test", now=NOW)
    with pytest.raises(Conflict):
        domains.create(session, owner, name="SHOP.test", now=NOW)
