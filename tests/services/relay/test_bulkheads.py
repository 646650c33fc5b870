"""Lanes in the outbox: what leads to one host, and turns among hosts and organizations."""

import pytest
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.relay import bulkheads
from services.relay.claims import due
from tests.services.outage import NOW, watched
from tests.services.relaying import row, seconds


def write(session: Session, owner: int, *recipients: Destination, age: int = 0) -> list[int]:
    return deliveries.record(
        session,
        organization_id=owner,
        dedup_key="test",
        event=AlertEvent.TEST,
        channels=recipients,
        now=seconds(-age),
    )


def test_a_host_for_which_much_waits_hides_neither_other_hosts_nor_other_organizations(
    session: Session,
) -> None:
    mine, other = (watched(session).organization_id for _ in range(2))
    hang = [Destination("email", f"{number}@hangs.example") for number in range(20)]
    write(session, mine, *hang, age=60)
    (works,) = write(session, mine, Destination("email", "ann@works.example"), age=2)
    (hook,) = write(session, mine, Destination("webhook", "hangs.example (0c1d)"), age=1)
    (strange,) = write(session, other, Destination("email", "eve@hangs.example"))
    first = due(session, now=NOW, limit=4)
    assert row(session, first[0]).address == "0@hangs.example"
    assert first[1:] == [hook, strange, works]
    assert due(session, now=NOW, limit=3)[1:] == [hook, strange]


def test_hosts_of_one_organization_take_turns(session: Session) -> None:
    owner = watched(session).organization_id
    addresses = [f"{name}@{host}.example" for host in "abc" for name in range(3)]
    write(session, owner, *(Destination("email", each) for each in addresses))
    order = [row(session, each).address for each in due(session, now=NOW, limit=99)]
    assert ["".join(sorted(each[2] for each in order[at : at + 3])) for at in (0, 3, 6)] == [
        "abc",
        "abc",
        "abc",
    ]


@pytest.mark.parametrize(
    ("kind", "address", "host"),
    [
        ("email", "Ann@Example.org", "example.org"),
        ("email", '"a@b"@example.org', "example.org"),
        ("webhook", "hooks.example.com (0c1d)", "hooks.example.com"),
        ("sms", "+4915112345678", "+4915112345678"),
        ("telegram", "-100123/7 (ab)", "-100123/7"),
    ],
)
def test_what_goes_to_one_host_is_one_lane(
    session: Session, kind: str, address: str, host: str
) -> None:
    owner = watched(session).organization_id
    written, _ = write(
        session, owner, Destination(kind, address), Destination("sms", "+4930123456")
    )
    assert bulkheads.of(session, written) == (owner, kind, host)


@pytest.mark.parametrize("nobody", [-1, 0, 2**31 - 1])
def test_what_is_not_there_has_no_lane(session: Session, nobody: int) -> None:
    assert bulkheads.of(session, nobody) is None
