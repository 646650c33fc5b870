"""The way of a claim goes through the list of its stages, and seldom comes back to a file."""

from sqlalchemy.orm import Session

from tests.services.outage import EMAIL, broken, watched
from tests.services.relaying import notify, seconds, taken
from tests.support.passage import passing


def test_a_claim_passes_through_few_files_and_returns_seldom(session: Session) -> None:
    [delivery_id] = notify(session, broken(session, watched(session, EMAIL)))
    with passing("services/") as passage:
        claimed = taken(session, delivery_id, seconds(1))
    assert claimed.id == delivery_id
    print(f"\nA delivery, claimed: {passage}")  # noqa: T201 - for the reader with -s
    assert 0 < len(passage.files) <= 19
    assert passage.returns <= 23
