"""Saved views of the list of monitors, which each member keeps alone."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import SavedView
from services import lookup, quotas
from services.errors import Invalid, NotFound

LONGEST_NAME = 50
LONGEST_QUERY = 2_000


def of_member(session: Session, organization_id: int, user_id: int) -> Sequence[SavedView]:
    """Return the views of a member by name."""
    return session.scalars(
        select(SavedView)
        .where(SavedView.organization_id == organization_id, SavedView.user_id == user_id)
        .order_by(SavedView.name)
    ).all()


def create(
    session: Session, organization_id: int, user_id: int, *, name: str, query: str, now: datetime
) -> SavedView:
    """Keep a view. Raise `Invalid` for its values, `Conflict` for a taken name or one too many."""
    _check(name, query)
    own = SavedView.user_id == user_id
    quotas.take(session, organization_id, "saved_views", only=own)
    view = SavedView(
        organization_id=organization_id, user_id=user_id, name=name, query=query, created_at=now
    )
    session.add(view)
    lookup.flush_unique(session, "a view")
    return view


def delete(session: Session, organization_id: int, user_id: int, view_id: uuid.UUID) -> None:
    """Delete a view of a member. Raise `NotFound` if the member has no such view."""
    view = lookup.locked(session, SavedView, organization_id, view_id, "view")
    if view.user_id != user_id:
        raise NotFound("view")
    session.delete(view)


def _check(name: str, query: str) -> None:
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid({"name": [f"Write one line of 1 to {LONGEST_NAME} characters."]})
    if len(query) > LONGEST_QUERY or not query.isprintable():
        raise Invalid(
            {
                "query": [
                    "This search cannot be saved: it is too long, or contains control characters."
                ]
            }
        )
