"""Workers do not start without what they cannot do without, and need nothing that they do not use."""

from types import SimpleNamespace

import pytest
from celery import Celery

from config.settings import load

_BOTH = {"DATABASE_URL", "DOWNTIME_JWT_PRIVATE_KEY"}


@pytest.mark.parametrize(
    ("queue", "needed"),
    [
        ("q.dispatch", {"DATABASE_URL"}),
        ("q.checks.north", {"DATABASE_URL"}),
        ("q.exports", {"DATABASE_URL"}),
        ("q.notifications", _BOTH),
        ("q.housekeeping", _BOTH),
    ],
)
def test_a_worker_says_what_it_lacks(
    celery: Celery, monkeypatch: pytest.MonkeyPatch, queue: str, needed: set[str]
) -> None:
    del celery
    from tasks.worker import required_settings  # noqa: PLC0415 - the settings exist only now

    worker = SimpleNamespace(
        app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from={queue: 1})))
    )
    for variable in _BOTH:
        monkeypatch.setenv(variable, "")
    load.cache_clear()
    try:
        with pytest.raises(SystemExit, match=" and ".join(sorted(needed)) + " must be set"):
            required_settings._refuse_to_work_without(worker)
        for variable in needed:
            monkeypatch.setenv(variable, "something")
        load.cache_clear()
        required_settings._refuse_to_work_without(worker)
    finally:
        monkeypatch.undo()
        load.cache_clear()
