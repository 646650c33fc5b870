"""The search in checks over the API: of one's own organization, with words for what is refused."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import Monitor
from models.session import database_now
from services.operations import partitions
from tests.api.client import ApiClient
from tests.factories import monitors as make


def test_a_search_finds_and_counts_failures_with_their_monitor(
    client: ApiClient, session: Session
) -> None:
    client.make_monitor(tags=["eu"])
    now = database_now(session)
    partitions.ensure(session, now=now)
    monitor = session.scalars(select(Monitor)).one()
    slot = int(now.timestamp()) - 90
    make.check(session, monitor, slot - 60)
    make.check(session, monitor, slot, Outcome.DOWN, cause=Cause.STATUS, detail="Answered 503.")
    session.commit()
    (found,) = client.read("checks", q="answered", cause="status", tag=["eu", "us"])["items"]
    assert found["monitor"] == {"id": str(monitor.public_id), "name": "Shop"}
    assert (found["outcome"], found["detail"]) == ("down", "Answered 503.")
    assert len(client.read("checks")["items"]) == 2
    counts = client.read("checks/counts", step="day")
    assert counts["step"] == "day"
    total = {name: sum(each[name] for each in counts["items"]) for name in ("up", "down")}
    assert total == {"up": 1, "down": 1}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cause": "bad luck"}, "cause"),
        ({"min_ms": "-1"}, "min_ms"),
        ({"q": "x" * 201}, "q"),
        ({"cursor": "abc"}, "cursor"),
        ({"http_status": "1000"}, "http_status"),
        ({"step": "week"}, "step"),
    ],
)
def test_a_wrong_search_is_refused_with_its_field(
    client: ApiClient, query: dict[str, str], field: str
) -> None:
    response = client.get("checks/counts" if field == "step" else "checks", **query)
    assert response.status_code == 422
    assert field in response.text
