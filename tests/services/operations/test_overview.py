"""What the operator sees of messages: those that somebody waits for, found without the others."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery
from models.delivery import DeliveryState
from services.operations import overview
from tests.factories.monitors import at
from tests.factories.organizations import organization
from tests.services.explained import without
from tests.services.rollups.rolled import DAY_ONE, set_until


def message(owner: int, state: DeliveryState, number: int) -> Delivery:
    return Delivery(
        organization_id=owner,
        dedup_key=f"{state}/{number}",
        event=AlertEvent.DOWN,
        kind="email",
        address="ada@example.test",
        state=state,
        next_attempt_at=at(0),
        created_at=at(0),
    )


def test_messages_of_all_organizations_are_counted_until_they_are_over(session: Session) -> None:
    for owner in (organization(session).id, organization(session).id):
        session.add_all(
            message(owner, state, number)
            for place, state in enumerate(DeliveryState, 1)
            for number in range(place)
        )
    session.flush()
    expected = {DeliveryState.PENDING: 2, DeliveryState.SENDING: 4, DeliveryState.DEAD: 8}
    assert overview.overview(session, now=at(60)).deliveries == expected


def test_it_is_known_how_far_hours_are_rolled_up(session: Session) -> None:
    set_until(session, DAY_ONE)
    assert overview.overview(session, now=at(DAY_ONE + 4000)).rollup_age == 4000


def test_no_look_at_the_figures_reads_the_messages_that_are_over(session: Session) -> None:
    connection = session.connection()
    without(connection, "seqscan")
    # The plan of what is in a function is not shown where that is called.
    query = session.scalar(text("SELECT prosrc FROM pg_proc WHERE proname = 'count_deliveries'"))
    found = "\n".join(connection.exec_driver_sql(f"EXPLAIN {query}").scalars())
    assert found.count(" on deliveries") == 2
    assert "ix_deliveries_due" in found
    assert "ix_deliveries_unsent" in found
