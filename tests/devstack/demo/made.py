"""The demo over the database of a test: at the present time, for which there are partitions."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from devstack.demo import addresses, creation
from domain.analytics.rollup import hour_of
from models.session import database_now
from tests.services.rollups.rolled import set_until

PASSWORD = "correct horse battery"
URLS = addresses.urls(
    site="http://127.0.0.1:8081", api="http://127.0.0.1:8000", smtp="smtp://127.0.0.1:1025"
)


def ensure(session: Session, urls: Mapping[str, str] = URLS) -> None:
    now = database_now(session)
    # As a migration leaves it.
    set_until(session, hour_of(int(now.timestamp())))
    creation.ensure(session, urls, password=PASSWORD, now=now)
    session.flush()
