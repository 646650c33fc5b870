"""Links that acknowledge, pressed while the incident is changed by somebody else."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import AcknowledgeToken, Delivery, Incident, MonitorState
from models.incident import Resolution
from security.links import LIFETIME, short_hash
from services.alerting import acknowledge_links
from services.alerting import process as alerting
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import EMAIL, NOW, broken, notify
from tests.services.waiting import while_open


@pytest.mark.committed
def test_an_outage_that_ends_while_the_button_is_pressed_is_shown_as_over(
    committed: Engine,
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        monitor = make.monitor(session, organization(session).id, now=NOW)
        notify(session, monitor, EMAIL)
        incident = broken(session, monitor)
        alerting.opened(session, incident, now=NOW)
        notified = session.scalars(select(Delivery)).one()
        token = "a" * 14
        session.add(
            AcknowledgeToken(
                token_hash=short_hash(token),
                organization_id=monitor.organization_id,
                delivery_id=notified.id,
                covers_digest=False,
                expires_at=NOW + LIFETIME,
            )
        )

    def press() -> tuple[Resolution | None, str | None]:
        with Session(committed) as session, session.begin():
            shown = acknowledge_links.accept(session, token, now=NOW).reported[0].incident
            return shown.resolution, shown.acknowledged_by

    with while_open(committed, press) as (ending, pressed):
        ending.scalars(select(MonitorState).with_for_update()).all()
        row = ending.get_one(Incident, incident.id)
        make.end(row, at=NOW)
        alerting.closed(ending, row, now=NOW)
    assert pressed.result(timeout=20) == (Resolution.RECOVERED, None)
