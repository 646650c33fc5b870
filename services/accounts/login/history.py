"""The history of logins: written at each attempt, told of by mail if the device is new."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.login.history import LoginFactor, LoginOutcome, device_hash, network_of, program_of
from domain.organization_policy import LoginWay
from models import AccountRequest, Login, LoginDevice, User
from models.account_request import RequestKind
from security.links import NOBODY, LinkError, Links, Purpose, Subject
from services import pagination
from services.accounts import mails as account_mails
from services.accounts import one_time_links
from services.accounts import sessions as user_sessions
from services.accounts.login import account_acts
from services.errors import Unauthenticated

KEPT = timedelta(days=400)
MOST = 1_000
"""The most rows of one person; a task deletes the oldest ones beyond."""
_BY_TIME = pagination.Order(
    scope="logins", columns=(Login.created_at, Login.public_id), is_descending=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of the origin of an attempt. The cookie is that of a browser, if it has one."""

    address: str
    agent: str
    cookie: str
    way: LoginWay
    factor: LoginFactor


def succeeded(session: Session, user: User, seen: Seen, *, now: datetime) -> None:
    """Note a login. Mail the person if the device is new, and not the first one of the account."""
    row = _note(session, user, seen, LoginOutcome.SUCCEEDED, now)
    known = insert(LoginDevice).values(
        user_id=user.id, device_hash=row.device_hash, created_at=now, last_seen_at=now
    )
    # A row that was inserted, and not updated, has no transaction that deleted it before.
    is_new = session.scalar(
        known.on_conflict_do_update(
            index_elements=["user_id", "device_hash"], set_={"last_seen_at": now}
        ).returning(literal_column("xmax = 0"))
    )
    if is_new and _has_other_device(session, user.id, row.device_hash):
        facts = {
            "Time": now.strftime("%Y-%m-%d %H:%M UTC"),
            "Program": row.program or "unknown",
            "Network": row.network or "unknown",
        }
        account_mails.record(
            session,
            AccountEvent.NEW_DEVICE,
            user.email,
            request_id=row.public_id,
            facts=facts,
            now=now,
        )


def failed(session: Session, email: str, seen: Seen, *, by_code: bool, now: datetime) -> None:
    """Note a failed login, if the address has an account."""
    user = session.scalars(select(User).where(func.lower(User.email) == email)).one_or_none()
    if user is not None:
        outcome = LoginOutcome.WRONG_FACTOR if by_code else LoginOutcome.WRONG_PROOF
        _note(session, user, seen, outcome, now)


def page(session: Session, user_id: int, request: pagination.PageRequest) -> pagination.Page[Login]:
    """List the logins of a person, newest first."""
    query = select(Login).where(Login.user_id == user_id)
    return pagination.read(session, query, _BY_TIME, request)


def newest(session: Session, user_id: int, *, most: int) -> list[Login]:
    """Return the newest logins of a person."""
    query = select(Login).where(Login.user_id == user_id).order_by(Login.id.desc()).limit(most)
    return list(session.scalars(query))


def disown(session: Session, links: Links, *, token: str, now: datetime) -> str:
    """End all sessions of the person who did not log in. Return a token for a new password.

    The link came by mail, as that for a new password does, so it proves the same.
    """
    row, user = _of_link(session, links, token, now)
    account_acts.declare(session, user.id)
    row.outcome = LoginOutcome.DISOWNED
    session.execute(
        delete_rows(LoginDevice).where(
            LoginDevice.user_id == user.id, LoginDevice.device_hash == row.device_hash
        )
    )
    user_sessions.end_all(session, user.id)
    request = AccountRequest(
        public_id=uuid.uuid4(),
        kind=RequestKind.PASSWORD_RESET,
        email=user.email.lower(),
        created_at=now,
        expires_at=one_time_links.expires_at(Purpose.PASSWORD_RESET, now),
    )
    session.add(request)
    session.flush()
    subject = Subject(organization_id=NOBODY, id=request.public_id)
    return links.token(Purpose.PASSWORD_RESET, subject, now=now)


def purge(session: Session, *, now: datetime) -> None:
    """Delete old rows, and those of an account beyond the most."""
    oldest = now - KEPT
    session.execute(delete_rows(Login).where(Login.created_at < oldest))
    session.execute(delete_rows(LoginDevice).where(LoginDevice.last_seen_at < oldest))
    crowded = select(Login.user_id).group_by(Login.user_id).having(func.count() > MOST)
    place = func.row_number().over(partition_by=Login.user_id, order_by=Login.id.desc())
    placed = select(Login.id, place.label("place")).where(Login.user_id.in_(crowded)).subquery()
    beyond = select(placed.c.id).where(placed.c.place > MOST)
    session.execute(
        delete_rows(Login).where(Login.id.in_(beyond)).execution_options(synchronize_session=False)
    )


def _of_link(session: Session, links: Links, token: str, now: datetime) -> tuple[Login, User]:
    """Return the login of a link, if nobody used the link before."""
    try:
        subject = links.read(Purpose.NOT_ME, token, now=now)
    except LinkError as error:
        raise Unauthenticated(one_time_links.INVALID_LINK) from error
    found = session.execute(
        select(Login, User)
        .join(User, User.id == Login.user_id)
        .where(Login.public_id == subject.id, Login.outcome == LoginOutcome.SUCCEEDED)
        .with_for_update(of=Login)
    ).one_or_none()
    if found is None:
        raise Unauthenticated(one_time_links.INVALID_LINK)
    return found.Login, found.User


def _note(session: Session, user: User, seen: Seen, outcome: LoginOutcome, now: datetime) -> Login:
    network, program = network_of(seen.address), program_of(seen.agent)
    row = Login(
        public_id=uuid.uuid4(),
        user_id=user.id,
        created_at=now,
        network=network,
        program=program,
        way=seen.way,
        factor=seen.factor,
        outcome=outcome,
        device_hash=device_hash(user.public_id.bytes, network, program, seen.cookie),
    )
    session.add(row)
    session.flush()
    return row


def _has_other_device(session: Session, user_id: int, present: bytes) -> bool:
    other = select(LoginDevice.user_id).where(
        LoginDevice.user_id == user_id, LoginDevice.device_hash != present
    )
    return session.scalars(select(other.exists())).one()
