"""Creates the demo organization in an empty database, and follows its URLs later."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.demo import EMAIL
from devstack.demo import organization, planning
from devstack.demo.addresses import FLAPPING
from devstack.demo.history import placing, writing
from devstack.demo.story.shop import until
from models import Membership, Monitor, User
from models.session import database_now
from services.monitors import monitors
from services.monitors.changes import MonitorChanges


def ensure(session: Session, urls: Mapping[str, str], *, password: str, now: datetime) -> None:
    """Create the demo in an empty database; later only update a monitor whose URL changed.

    `urls` are the addresses of the monitored servers, by the name of their monitor.
    """
    if session.scalar(select(User.id).limit(1)) is None:
        _create(session, urls, password=password, now=now)
    else:
        _follow(session, urls, now=now)


def _create(session: Session, urls: Mapping[str, str], *, password: str, now: datetime) -> None:
    happened = until(now)
    shop = organization.create(session, happened, urls, password=password, now=now)
    planning.maintenance(
        session,
        shop.id,
        happened,
        weekly=shop.ids("Orders database"),
        running=shop.ids("Warehouse stock"),
    )
    placed = placing.place(happened, shop.monitors)
    writing.write(session, happened, shop, placed)
    # As late as possible, because the transaction has to commit before the first slot.
    begins = max(now, database_now(session))
    if FLAPPING in urls:
        organization.watch_flapping(session, shop, FLAPPING, urls[FLAPPING], now=begins)
    writing.go_on(session, placed, now=begins)


def _follow(session: Session, urls: Mapping[str, str], *, now: datetime) -> None:
    """Update the URLs; ports change if another program took the one of the last run."""
    watched = session.scalars(
        select(Monitor)
        .join(Membership, Membership.organization_id == Monitor.organization_id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == EMAIL, Monitor.name.in_(urls), Monitor.deleted_at.is_(None))
    )
    for monitor in watched.all():
        if monitor.url != urls[monitor.name]:
            changes: MonitorChanges = {"url": urls[monitor.name]}
            monitors.change(session, monitor.organization_id, monitor.public_id, changes, now=now)
