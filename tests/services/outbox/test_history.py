"""Lists of messages: each filter has an index that leads to the newest of what it lets through."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from domain.alerting.alert import AlertEvent
from models import Channel, Contact, Delivery, Monitor
from models.delivery import DeliveryState
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryFilter
from services.pagination import PageRequest
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.explained import explained, without


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return make.monitor(session, organization(session).id, now=make.at(0))


@pytest.fixture
def channel(session: Session, monitor: Monitor) -> Channel:
    owner = monitor.organization_id
    contact = Contact(organization_id=owner, name="Ada")
    session.add(contact)
    session.flush()
    row = Channel(
        organization_id=owner,
        contact_id=contact.id,
        kind=channel_kind.EMAIL,
        address="ada@example.test",
    )
    session.add(row)
    session.flush()
    return row


def plan(session: Session, owner: int, wanted: DeliveryFilter) -> str:
    """Return how a page is found."""
    connection = session.connection()
    without(connection, "seqscan", "bitmapscan", "sort")
    [found] = explained(
        connection,
        lambda: delivery_history.page(session, owner, wanted, PageRequest()),
        "FROM deliveries",
    )
    return found


@pytest.mark.parametrize("state", ["dead", "cancelled", "merged"])
def test_what_was_not_sent_is_found_by_an_index_in_the_order_of_the_list(
    session: Session, monitor: Monitor, state: str
) -> None:
    wanted = DeliveryFilter(states=[DeliveryState(state)])
    found = plan(session, monitor.organization_id, wanted)
    assert "Index Scan Backward using ix_deliveries_unsent on deliveries" in found
    assert "Sort" not in found


@pytest.fixture
def many(session: Session, monitor: Monitor, channel: Channel) -> None:
    """Of hundreds each filter lets a few through, and the database knows it."""
    session.add_all(
        Delivery(
            organization_id=monitor.organization_id,
            dedup_key=f"{number}",
            event=AlertEvent.EXPIRY if number % 30 == 1 else AlertEvent.DOWN,
            monitor_id=monitor.id if number % 30 == 2 else None,
            channel_id=channel.id if number % 30 == 3 else None,
            kind=channel.kind,
            address=channel.address,
            state=DeliveryState.SENT,
            next_attempt_at=make.at(number),
            created_at=make.at(number),
        )
        for number in range(600)
    )
    session.flush()
    session.execute(text("ANALYZE deliveries"))


@pytest.mark.usefixtures("many")
def test_each_other_filter_is_found_by_an_index_that_begins_with_the_newest(
    session: Session, monitor: Monitor, channel: Channel
) -> None:
    for wanted, index in (
        (DeliveryFilter(), "organization_id_created_at"),
        (DeliveryFilter(events=[AlertEvent.EXPIRY]), "organization_id_event_created_at"),
        (DeliveryFilter(monitor_id=monitor.public_id), "monitor_id_created_at"),
        (DeliveryFilter(channel_id=channel.public_id), "channel_id_created_at"),
    ):
        found = plan(session, monitor.organization_id, wanted)
        assert f"Index Scan Backward using ix_deliveries_{index} on deliveries" in found
