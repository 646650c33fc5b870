"""The readers of the pages: who has one of each thing, who has nothing yet, and who may only look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models import (
    AcknowledgeToken,
    CheckFailure,
    Delivery,
    Monitor,
    SavedView,
    TestRun,
    UserSession,
)
from models.session import database_now
from security.links import NOBODY, Purpose, Subject, short_hash
from tests.api.machines.callers import join
from tests.browser.every_page.visits import Reader
from tests.factories import monitors as make
from tests.factories.one_of_each import Ids, one_of_each
from tests.web import reader as web

_LONG = timedelta(days=1)
_OF_CHANNEL = (Purpose.CONFIRM, Purpose.UNSUBSCRIBE)
_OF_ACCOUNT = (
    *(Purpose.REGISTRATION, Purpose.INVITATION, Purpose.PASSWORD_RESET),
    *(Purpose.EMAIL_ALLOW, Purpose.EMAIL_CONFIRM),
)


@dataclass(frozen=True, slots=True)
class Shop:
    """An application in use: ids of what its owner has, links in messages, and sessions of its readers."""

    app: Flask
    ids: Ids
    links: Sequence[str]
    sessions: Mapping[Reader, str]

    @classmethod
    def opened(cls, app: Flask, database: Engine) -> Self:
        owner = web.Reader(app).register(Reader.OWNER)
        with Session(database) as session:
            ids = one_of_each(owner.api, session)
            ids |= _more(owner, session)
        join(owner.api, app, "vic", "viewer")
        readers = {
            Reader.OWNER: owner,
            Reader.NEWCOMER: web.Reader(app).register(Reader.NEWCOMER),
            Reader.VIEWER: web.Reader(app).log_in(Reader.VIEWER),
        }
        with Session(database) as session, session.begin():
            # However long the visits take, nobody is asked for the password again.
            session.execute(update(UserSession).values(proven_at=datetime.now(UTC) + _LONG))
            acknowledge = _acknowledge_link(session, ids)
        sessions = {name: each.cookie("session") or "" for name, each in readers.items()}
        return cls(app, ids, (acknowledge, *_links(owner, ids)), sessions)


def _more(owner: web.Reader, session: Session) -> Ids:
    """Make what only pages have, and faces of them that one of each does not show."""
    slot = session.scalars(select(CheckFailure.slot)).one()
    owner.fill(owner.get("/monitors"), "/monitors/views", name="Mine")
    view = session.scalars(select(SavedView)).one()
    form = "/monitors/new/http"
    owner.fill(owner.get(form), form, name="Draft", url="https://draft.test/", test="1")
    draft = session.scalars(select(TestRun).where(TestRun.monitor_id.is_(None))).one()
    beat = owner.api.make("monitors", name="Backup", kind="heartbeat", settings=_HOURLY)
    blog = owner.api.make_monitor(name="Blog", url="https://blog.test/")
    monitor = session.scalars(select(Monitor).filter_by(public_id=blog["id"])).one()
    now = database_now(session)
    began, ended = now - timedelta(minutes=9), now - timedelta(minutes=2)
    over = make.incident(session, monitor, started_at=began, ended_at=ended)
    session.commit()
    return {
        "slot": str(slot),
        "region": "default",
        "view_id": str(view.public_id),
        "draft_id": str(draft.public_id),
        "beat_id": beat["id"],
        "ended_id": str(over.public_id),
    }


_HOURLY = {"period_seconds": 3600}


def _acknowledge_link(session: Session, ids: Ids) -> str:
    token, delivery_id = "0" * 14, UUID(ids["delivery_id"])
    delivery = session.scalars(select(Delivery).filter_by(public_id=delivery_id)).one()
    session.add(
        AcknowledgeToken(
            token_hash=short_hash(token),
            organization_id=delivery.organization_id,
            delivery_id=delivery.id,
            covers_digest=False,
            expires_at=datetime.now(UTC) + _LONG,
        )
    )
    return f"/a/{token}"


def _links(owner: web.Reader, ids: Ids) -> list[str]:
    organization = UUID(owner.api.read("me")["organization"]["id"])
    subjects = {
        **dict.fromkeys(
            _OF_CHANNEL, Subject(organization_id=organization, id=UUID(ids["channel_id"]))
        ),
        **dict.fromkeys(_OF_ACCOUNT, Subject(organization_id=NOBODY, id=NOBODY)),
    }
    made, now = owner.app.extensions["downtime"].links, datetime.now(UTC)
    return [
        f"/links/{purpose}/{made.token(purpose, subject, now=now)}"
        for purpose, subject in subjects.items()
    ]
