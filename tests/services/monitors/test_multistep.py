"""Multistep monitors: each step is metered as a check, and credentials stay with their origins."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor
from services import quotas
from services.errors import Conflict, Invalid
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from tests.factories import monitors as make
from tests.factories.organizations import organization

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEPS = {"steps": [{"url": "/a"}, {"url": "/b"}, {"url": "/c"}]}


@pytest.fixture
def owner(session: Session) -> int:
    return organization(session).id


def multistep(session: Session, owner: int, **values: Any) -> Monitor:  # noqa: ANN401 - those of a monitor
    given = {"kind": "multistep", "settings": STEPS, "interval_seconds": 10, "timeout_seconds": 5}
    return make.monitor(session, owner, now=NOW, **{**given, **values})


def change(session: Session, monitor: Monitor, **changes: Any) -> None:  # noqa: ANN401 - those of a monitor
    wanted: MonitorChanges = changes  # type: ignore[assignment]  # Whatever a test wants.
    monitors.change(session, monitor.organization_id, monitor.public_id, wanted, now=NOW)


def test_a_row_weighs_what_its_values_weigh(session: Session, owner: int) -> None:
    made = [multistep(session, owner), make.monitor(session, owner, now=NOW)]
    for monitor, number in zip(made, (3, 1), strict=True):
        stored = session.scalar(select(quotas.weight()).where(Monitor.id == monitor.id))
        assert stored == quotas.weight_of(monitor.kind, monitor.settings) == number


def test_each_step_counts_in_the_quota_of_checks(session: Session, owner: int) -> None:
    quotas.use(session, {"checks_per_day": 86_400})
    multistep(session, owner)  # 25,920 checks a day
    multistep(session, owner, interval_seconds=5, timeout_seconds=4)  # and 51,840 more
    with pytest.raises(Conflict, match=r"It has 77760, and this request adds 25920\."):
        multistep(session, owner)


def test_a_step_more_and_another_kind_are_metered_when_they_are_changed(
    session: Session, owner: int
) -> None:
    quotas.use(session, {"checks_per_day": 86_400})
    monitor = multistep(session, owner, settings={"steps": [{}]})
    other = make.monitor(session, owner, now=NOW, interval_seconds=3600)
    change(session, monitor, settings={"steps": [{}] * 9})
    with pytest.raises(Conflict, match="checks_per_day"):
        change(session, monitor, settings={"steps": [{}] * 10})
    change(session, other, interval_seconds=20)
    with pytest.raises(Conflict, match="checks_per_day"):
        change(session, other, kind="multistep", settings=STEPS)
    change(session, monitor, settings={"steps": [{}]})
    change(session, other, kind="multistep", settings=STEPS)
    assert quotas.checks_per_day(other) == pytest.approx(3 / 20 * 86_400)


def test_a_missing_value_is_refused_at_its_field(session: Session, owner: int) -> None:
    with pytest.raises(Invalid) as refused:
        multistep(session, owner, settings={"steps": [{}, {"url": "/{{id}}"}]})
    assert refused.value.problems == {
        "settings.steps.1.url": ["No earlier step extracts the value id."]
    }


def test_a_password_needs_a_credential_to_come_from(session: Session, owner: int) -> None:
    step = {"method": "POST", "body_type": "json", "body": '"{{credential.password}}"'}
    with pytest.raises(Invalid) as refused:
        multistep(session, owner, settings={"steps": [step]})
    assert list(refused.value.problems) == ["settings.steps.0.body"]


@pytest.mark.parametrize("timeout", [31, 60])
def test_all_steps_have_thirty_seconds_at_most(session: Session, owner: int, timeout: int) -> None:
    with pytest.raises(Invalid) as refused:
        multistep(session, owner, interval_seconds=300, timeout_seconds=timeout)
    assert list(refused.value.problems) == ["timeout_seconds"]
