"""Where credentials may go, with several at work at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.permissions import PERMISSIONS, Role
from models import Credential, Monitor
from services.errors import ServiceError
from services.monitors import monitors
from services.monitors.values import MonitorValues
from tests.factories.credentials import credential
from tests.factories.keys import RING
from tests.factories.organizations import organization

NOW = datetime.now(UTC)


@pytest.mark.abuse(130)
@pytest.mark.committed
def test_of_many_first_monitors_one_names_the_origin(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        org = organization(session)
        login = credential(session, org.id, now=NOW)

    def watch(number: int) -> bool:
        values = MonitorValues(
            name="Shop",
            url=f"https://{number % 4}.shop.test/",
            credential_ids=[login.public_id],
        )
        own = PERMISSIONS[Role.OWNER]
        try:
            with Session(committed) as session, session.begin():
                monitors.create(session, org.id, values, ring=RING, now=NOW, own=own)
        except ServiceError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(watch, range(24)))
    with Session(committed) as session:
        (origin,) = session.scalars(select(Credential.origins)).one()
        urls = session.scalars(select(Monitor.url)).all()
    assert {f"{origin}/"} == set(urls)
    assert len(urls) == sum(made) == 6
