"""Account requests by their one-time links, which expire."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from models import AccountRequest
from security.links import LIFETIMES, LinkError, Links, Purpose
from services.errors import Unauthenticated

INVALID_LINK = "This link is invalid or has expired."


def expires_at(purpose: Purpose, now: datetime) -> datetime:
    """Return when a link made now expires."""
    return now + LIFETIMES[purpose]


def locked_request(
    session: Session, links: Links, purpose: Purpose, token: str, *, now: datetime
) -> AccountRequest:
    """Return the request of a link, locked until the commit. Raise `Unauthenticated` if invalid."""
    try:
        query = _request_of(links, purpose, token, now)
    except LinkError as error:
        raise Unauthenticated(INVALID_LINK) from error
    request = session.scalars(query.with_for_update()).one_or_none()
    if request is None:
        raise Unauthenticated(INVALID_LINK)
    return request


def addressee(
    session: Session, links: Links, purpose: Purpose, token: str, *, now: datetime
) -> str | None:
    """Return the address that a link was mailed to, or None if the link is invalid. Lock nothing."""
    try:
        query = _request_of(links, purpose, token, now)
    except LinkError:
        return None
    return session.scalars(query.with_only_columns(AccountRequest.email)).one_or_none()


def purge(session: Session, *, now: datetime) -> None:
    """Delete expired requests."""
    session.execute(delete_rows(AccountRequest).where(AccountRequest.expires_at < now))


def _request_of(
    links: Links, purpose: Purpose, token: str, now: datetime
) -> Select[AccountRequest]:
    subject = links.read(purpose, token, now=now)
    return select(AccountRequest).where(
        AccountRequest.public_id == subject.id, AccountRequest.expires_at > now
    )
