"""Lists of messages: each filter has an index that leads to the newest of what it lets through."""

import pytest
from sqlalchemy.orm import Session

from domain import channel_kind
from domain.alert import AlertEvent
from models import Channel, Contact, Monitor
from models.delivery import DeliveryState
from services import delivery_history
from services.delivery_history import DeliveryFilter
from services.pages import PageRequest
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
    without(connection, "seqscan", "bitmapscan", "sort", "incremental_sort")
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
