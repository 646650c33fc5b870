"""Pages of a list: each row once, in order, whatever the size of a page."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Export
from services import pagination
from services.errors import Invalid
from services.pagination import Order, Page, PageRequest
from tests.factories import exports
from tests.factories.organizations import organization

START = datetime(2026, 1, 31, tzinfo=UTC)
OLDEST_FIRST = Order(scope="exports", columns=(Export.requested_at, Export.public_id))
NEWEST_FIRST = Order(scope="exports", columns=OLDEST_FIRST.columns, is_descending=True)


@pytest.fixture
def rows(session: Session) -> list[Export]:
    """Seven, of which up to three share a moment, in no order."""
    owner = organization(session).id
    moments = (START + timedelta(microseconds=number % 3) for number in range(7))
    return [exports.row(session, owner, at=moment) for moment in moments]


def read(session: Session, order: Order, request: PageRequest) -> Page[Export]:
    return pagination.read(session, select(Export), order, request)


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize("order", [OLDEST_FIRST, NEWEST_FIRST])
def test_whoever_follows_the_cursors_sees_each_row_once_and_in_order(
    session: Session, rows: list[Export], order: Order, limit: int
) -> None:
    seen: list[uuid.UUID] = []
    page = read(session, order, PageRequest(limit=limit))
    while page.next_cursor is not None:
        assert len(page.items) == limit
        assert len(seen) < len(rows)
        seen += [row.public_id for row in page.items]
        page = read(session, order, PageRequest(limit=limit, cursor=page.next_cursor))
    # No page is empty, not even where the last one is full.
    assert page.items
    seen += [row.public_id for row in page.items]
    wanted = sorted(rows, key=lambda row: (row.requested_at, row.public_id))
    if order is NEWEST_FIRST:
        wanted.reverse()
    assert seen == [row.public_id for row in wanted]


def test_what_is_made_of_each_item_leaves_the_cursor(session: Session, rows: list[Export]) -> None:
    page = read(session, OLDEST_FIRST, PageRequest(limit=2))
    shown = page.each(lambda row: row.public_id)
    assert shown == Page([row.public_id for row in page.items], page.next_cursor)
    assert len(rows) > len(shown.items)


@pytest.mark.parametrize(
    "parts",
    [
        ("exports", "2026-01-31"),
        ("exports", "yesterday", uuid.UUID(int=1)),
        ("exports", "2026-01-31", 1),
        ("recipients", "2026-01-31", uuid.UUID(int=1)),
    ],
)
def test_a_cursor_that_was_not_given_out_is_named(session: Session, parts: tuple[Any, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        read(session, NEWEST_FIRST, PageRequest(cursor=pagination.cursor(*parts)))
    assert list(refused.value.problems) == ["cursor"]
