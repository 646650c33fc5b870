"""Contact groups that several people change at once."""

from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models import Contact
from services.contacts import groups as contact_groups
from tests.factories.organizations import organization
from tests.services.outage import NOW
from tests.services.waiting import while_open


@pytest.mark.committed
def test_of_two_changes_at_once_the_later_replaces_all_of_the_earlier(committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        owner = organization(session).id
        people = [Contact(organization_id=owner, name=name) for name in ("Ann", "Bob", "Cid")]
        session.add_all(people)
        session.flush()
        ann, bob, cid = (each.public_id for each in people)
        group_id = contact_groups.create(
            session, owner, name="On call", contact_ids=[ann], now=NOW
        ).public_id

    def give(session: Session, *contact_ids: UUID) -> None:
        contact_groups.change(session, owner, group_id, contact_ids=contact_ids, now=NOW)

    def give_later() -> None:
        with Session(committed) as session, session.begin():
            give(session, cid)

    with while_open(committed, give_later) as (earlier, later):
        give(earlier, bob)
    later.result(timeout=20)
    with Session(committed) as session:
        assert contact_groups.find(session, owner, group_id).contact_ids == [cid]
