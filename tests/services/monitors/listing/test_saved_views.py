"""Each member keeps views of the list of monitors, and sees those of nobody else."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permissions import Role
from models import Membership, SavedView, User
from services import quotas
from services.errors import Conflict, Invalid, NotFound
from services.monitors.listing import saved_views
from tests.factories.organizations import organization

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def member(session: Session, organization_id: int, email: str) -> int:
    user = User(email=email, password_hash="-")
    session.add(user)
    session.flush()
    session.add(Membership(organization_id=organization_id, user_id=user.id, role=Role.VIEWER))
    session.flush()
    return user.id


def keep(session: Session, of: int, user_id: int, name: str = "Down", query: str = "") -> SavedView:
    return saved_views.create(session, of, user_id, name=name, query=query or "state=down", now=NOW)


def names(session: Session, of: int, user_id: int) -> list[str]:
    return [view.name for view in saved_views.of_member(session, of, user_id)]


def test_a_member_sees_the_own_views_by_name(session: Session) -> None:
    of = organization(session).id
    ada, bob = (member(session, of, email) for email in ("ada@example.test", "bob@example.test"))
    for name in ("Shop", "Down"):
        keep(session, of, ada, name)
    keep(session, of, bob, "Shop")
    assert names(session, of, ada) == ["Down", "Shop"]
    assert names(session, of, bob) == ["Shop"]


def test_a_name_is_taken_once(session: Session) -> None:
    of = organization(session).id
    ada = member(session, of, "ada@example.test")
    keep(session, of, ada)
    with pytest.raises(Conflict) as refused:
        keep(session, of, ada)
    assert refused.value.field == "name"


@pytest.mark.parametrize("name", ["", "x" * 51, "two\nlines", "a\0b"])
def test_a_name_is_one_line(session: Session, name: str) -> None:
    of = organization(session).id
    with pytest.raises(Invalid) as refused:
        keep(session, of, member(session, of, "ada@example.test"), name)
    assert list(refused.value.problems) == ["name"]


def test_a_query_is_bounded(session: Session) -> None:
    of = organization(session).id
    with pytest.raises(Invalid) as refused:
        keep(session, of, member(session, of, "ada@example.test"), query="q=" + "x" * 2000)
    assert list(refused.value.problems) == ["query"]


def test_the_quota_is_of_one_member(session: Session) -> None:
    of = organization(session).id
    quotas.use(session, {"saved_views": 1})
    ada, bob = (member(session, of, email) for email in ("ada@example.test", "bob@example.test"))
    keep(session, of, ada)
    with pytest.raises(Conflict, match="limit `saved_views`"):
        keep(session, of, ada, "Other")
    assert keep(session, of, bob).name == "Down"


def test_nobody_deletes_the_view_of_another_member(session: Session) -> None:
    of = organization(session).id
    ada, bob = (member(session, of, email) for email in ("ada@example.test", "bob@example.test"))
    view = keep(session, of, ada)
    with pytest.raises(NotFound):
        saved_views.delete(session, of, bob, view.public_id)
    with pytest.raises(NotFound):
        saved_views.delete(session, organization(session).id, ada, view.public_id)
    saved_views.delete(session, of, ada, view.public_id)
    assert names(session, of, ada) == []


def test_views_end_with_the_membership(session: Session) -> None:
    of = organization(session).id
    ada = member(session, of, "ada@example.test")
    keep(session, of, ada)
    session.delete(session.scalars(select(Membership).where(Membership.user_id == ada)).one())
    session.flush()
    assert session.scalars(select(SavedView)).all() == []
