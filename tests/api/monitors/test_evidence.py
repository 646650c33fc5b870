"""One check over the API, with what the site answered when it failed."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import CheckResult, Monitor, Region
from probes.base import Evidence, ProbeResult
from services.evaluation import results
from tests.api.client import ApiClient
from tests.services.watched import UNKNOWN, UP, at, observe

SLOT = int(datetime.now(UTC).timestamp()) + 3600
EVIDENCE = Evidence(
    headers=(("Content-Type", "text/html"), ("Set-Cookie", "•••")),
    body='<h1>"Sorry"</h1>\n\\ü🙂 {x}',
    truncated=True,
)
FAILED = ProbeResult(
    outcome=Outcome.DOWN,
    cause=Cause.STATUS,
    detail="Answered 503.",
    http_status=503,
    evidence=EVIDENCE,
)


@pytest.fixture
def monitor(client: ApiClient, session: Session) -> Monitor:
    client.make_monitor()
    return session.scalars(select(Monitor)).one()


def path(monitor: Monitor, moment: str) -> str:
    return f"monitors/{monitor.public_id}/checks/{quote(moment)}"


def stamp(slot: int) -> str:
    return at(slot).isoformat().replace("+00:00", "Z")


def test_a_failed_check_shows_what_was_answered(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    results.store(session, [observe(monitor, SLOT, FAILED)])
    session.commit()
    check = client.read(path(monitor, stamp(SLOT)))
    evidence = check.pop("evidence")
    assert evidence == {
        "headers": [
            {"name": "Content-Type", "value": "text/html"},
            {"name": "Set-Cookie", "value": "•••"},
        ],
        "body": EVIDENCE.body,
        "truncated": True,
    }
    assert (check["outcome"], check["detail"]) == ("down", "Answered 503.")


def test_a_check_that_was_up_has_no_evidence(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    results.store(session, [observe(monitor, SLOT, UP)])
    session.commit()
    assert client.read(path(monitor, stamp(SLOT)))["evidence"] is None


def test_a_failure_without_an_answer_has_no_evidence(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    results.store(session, [observe(monitor, SLOT, UNKNOWN)])
    session.commit()
    check = client.read(path(monitor, stamp(SLOT)))
    assert (check["outcome"], check["evidence"]) == ("unknown", None)


def test_a_real_outcome_brings_its_evidence_where_an_unknown_was(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    for result in (UNKNOWN, FAILED, UNKNOWN):
        results.store(session, [observe(monitor, SLOT, result)])
    session.commit()
    check = client.read(path(monitor, stamp(SLOT)))
    assert (check["detail"], check["evidence"]["body"]) == ("Answered 503.", EVIDENCE.body)


def test_each_region_has_its_own(client: ApiClient, session: Session, monitor: Monitor) -> None:
    session.add(Region(id=2, name="north"))
    results.store(session, [observe(monitor, SLOT, UP)])
    session.add(
        CheckResult(
            monitor_id=monitor.id,
            slot=SLOT,
            organization_id=monitor.organization_id,
            region_id=2,
            outcome=Outcome.DOWN,
            cause=Cause.TIMEOUT,
            **dict.fromkeys(
                ("total_us", "http_status", "dns_ms", "connect_ms", "tls_ms", "first_byte_ms"), 0
            ),
        )
    )
    session.commit()
    here = path(monitor, stamp(SLOT))
    assert client.read(here)["region"] == "default"
    assert client.read(here, region="north")["outcome"] == "down"
    assert client.get(here, region="south").status_code == 404


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-13-01T00:00:00Z", "1999-01-01T00:00:00Z", "7"]
)
def test_what_is_no_time_of_a_check_is_not_found(
    client: ApiClient, monitor: Monitor, moment: str
) -> None:
    assert client.get(path(monitor, moment)).status_code == 404
    assert client.get(path(monitor, stamp(SLOT))).status_code == 404


def test_a_check_before_the_monitor_was_made_is_not_found(
    client: ApiClient, session: Session, monitor: Monitor
) -> None:
    results.store(session, [observe(monitor, SLOT - 7200, FAILED)])
    session.commit()
    assert client.get(path(monitor, stamp(SLOT - 7200))).status_code == 404
