"""The page of metrics, as Prometheus and its tools read it."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session

from application import create_app
from config.settings import Settings
from domain.evaluation.outcome import Outcome
from models import DispatchShard, DispatchStall
from models.session import database_now
from server.reporting import report
from server.resources import Transactions, resources_of
from services.operations.telemetry import attempts, checks, messages
from services.operations.telemetry.attempts import AttemptOutcome
from services.operations.telemetry.processes import Reporter
from tests.api.client import ApiClient
from tests.conftest import ROOT
from tests.devstack.eventually import eventually
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import program
from tests.servers.wsgi import served

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DOCUMENT = ROOT / "docs" / "operations" / "self-monitoring.md"
_METRIC = re.compile(r"\bdowntime_[a-z_]+")
_OF_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture
def counted(session: Session, redis: Redis, app: Flask) -> Redis:
    """Return a Redis that holds something of every metric, beside a database that does."""
    now = database_now(session)
    monitor = make.monitor(session, organization(session).id, now=now)
    slot = int(now.timestamp()) - 60
    make.check(session, monitor, slot, Outcome.UNKNOWN, detail="Ours.")
    make.check(session, monitor, slot - 60, Outcome.DOWN, detail="Theirs.")
    session.execute(update(DispatchShard).values(watermark=int(now.timestamp() - 3)))
    session.add(
        DispatchStall(shard=3, from_slot=slot, until_slot=slot + 160, rows_until=slot, missed=7)
    )
    session.commit()
    outcomes = [Outcome.UP, Outcome.UP, Outcome.DOWN]
    checks.count(redis, "default", outcomes, [0.05, 0.3, 99], stale=1)
    checks.count(redis, "eu-west", [Outcome.UP], [0.05], stale=0)
    messages.count_refused(redis, {"altered": 2})
    messages.count_skipped(redis, "default")
    attempts.count(redis, "email", AttemptOutcome.SENT)
    redis.rpush("q.notifications", "one", "two")
    report(resources_of(app), Reporter(role="api"))
    return redis


@pytest.fixture
def page(anybody: ApiClient, counted: Redis) -> str:
    del counted
    anybody.get("/healthz")
    anybody.get("/nowhere/at/all")
    return anybody.get("/metrics").text


def test_it_holds_the_figures_of_database_redis_and_processes(page: str) -> None:
    # On the page, the labels of a sample are in alphabetical order.
    found = {
        (sample.name.removeprefix("downtime_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    expected = {
        ("monitors", "pending"): 1,
        ("unknown_slots",): 1,
        ("stray_rows",): 0,
        ("deliveries", "pending"): 0,
        ("deliveries", "sending"): 0,
        ("deliveries", "dead"): 0,
        ("dispatch_stalled_seconds_total",): 10,
        ("dispatch_missed_checks_total",): 7,
        ("checks_total", "up", "default"): 2,
        ("checks_total", "stale", "default"): 1,
        ("checks_total", "up", "eu-west"): 1,
        ("refused_messages_total", "altered"): 2,
        ("skipped_rounds_total", "default"): 1,
        ("lateness_seconds_bucket", "0.1", "default"): 1,
        ("lateness_seconds_bucket", "0.5", "default"): 2,
        ("lateness_seconds_bucket", "+Inf", "default"): 3,
        ("lateness_seconds_count", "default"): 3,
        ("lateness_seconds_count", "eu-west"): 1,
        ("queue_depth", "q.notifications"): 2,
        ("part_up", "redis"): 1,
        ("part_up", "database"): 1,
        ("delivery_attempts_total", "email", "sent"): 1,
        ("http_requests_total", "GET", "/healthz", "2xx"): 1,
        ("http_requests_total", "GET", "unmatched", "4xx"): 1,
        ("http_request_duration_seconds_count", "GET", "/healthz"): 1,
        ("processes", "api"): 1,
        ("process_starts_total", "api"): 1,
    }
    assert {key: found.get(key) for key in expected} == expected
    assert found["watermark_age_seconds", "published"] > 0
    assert found["processes_cpu_seconds_total", "api"] > 0
    assert found["processes_resident_memory_bytes", "api"] > 0


def test_promtool_finds_nothing_wrong_with_it(page: str) -> None:
    done = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=page,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_promtool_accepts_the_alert_rules_and_their_metrics_exist(page: str) -> None:
    subprocess.run([program("promtool"), "check", "rules", ALERTS], check=True)
    used = {_OF_HISTOGRAM.sub("", name) for name in _METRIC.findall(ALERTS.read_text())}
    assert used <= set(_names(page))


def test_the_table_of_the_documentation_lists_every_metric(page: str) -> None:
    rows = re.findall(
        r"^\| `(downtime_\w+)` \| (\w+) \| (.*?) \|", DOCUMENT.read_text(), re.MULTILINE
    )
    documented = {
        name: (kind, sorted(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows
    }
    assert documented == _names(page)


def _names(page: str) -> dict[str, tuple[str, list[str]]]:
    """Return the type and the labels of each metric, by its name on the page."""
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE))
    labels: dict[str, set[str]] = {name: set() for name in types}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            name = sample.name if sample.name in types else _OF_HISTOGRAM.sub("", sample.name)
            labels[name] |= sample.labels.keys() - {"le"}
    return {name: (kind, sorted(labels[name])) for name, kind in types.items()}


def test_without_redis_the_page_has_the_rest_and_says_so(
    settings: Settings, transaction: Transactions
) -> None:
    nowhere = SecretStr("redis://127.0.0.1:1/0")
    app = create_app(settings.model_copy(update={"redis_url": nowhere}), transaction)
    text = ApiClient(app).get("/metrics").text
    assert 'downtime_part_up{part="redis"} 0.0' in text
    assert 'downtime_part_up{part="database"} 1.0' in text
    assert "downtime_checks_total" not in text


@pytest.fixture
def prometheus(app: Flask, counted: Redis, tmp_path: Path) -> Iterator[str]:
    """Run a Prometheus that scrapes the application every second; return its address."""
    del counted
    with served(app) as url:
        target = url.partition("//")[2]
        configuration = tmp_path / "prometheus.yml"
        configuration.write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "1s"},
                    "rule_files": [str(ALERTS)],
                    "scrape_configs": [
                        {
                            "job_name": "downtime-monitor",
                            "static_configs": [{"targets": [target]}],
                        }
                    ],
                }
            )
        )
        port = free_port()
        command = [
            program("prometheus"),
            f"--config.file={configuration}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]
        with daemon(command, port):
            eventually(lambda: _is_ready(port), seconds=60)
            yield f"http://127.0.0.1:{port}/api/v1"


def _is_ready(port: int) -> bool:
    return requests.get(f"http://127.0.0.1:{port}/-/ready", timeout=30).ok


def test_a_prometheus_scrapes_it(prometheus: str) -> None:
    def asked(path: str) -> dict[str, Any]:
        response = requests.get(f"{prometheus}/{path}", timeout=30)
        return dict(response.json()["data"])

    eventually(lambda: asked("query?query=downtime_checks_total")["result"], seconds=60)
    (target,) = asked("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")
    series = asked('query?query=downtime_lateness_seconds_bucket{le="0.5"}')["result"]
    assert {each["metric"]["region"]: each["value"][1] for each in series} == {
        "default": "2",
        "eu-west": "1",
    }
