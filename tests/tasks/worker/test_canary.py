"""Invariant 7: a secret goes to the watched site and is seen nowhere else.

The way of a check from end to end with secrets that are easy to find again, at a site that sends
back whatever it gets.
"""

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from queue import SimpleQueue
from time import time
from typing import Any

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from application import create_app
from config.settings import load
from domain.evaluation.outcome import Outcome
from models import Monitor, TestRun
from security.egress.guard import EgressPolicy
from security.vault import KeyRing
from services.checks.dispatch import DueCheck
from tasks.checks.pipeline import Pipeline, Worker
from tasks.checks.streaming import Request, Stored
from tasks.worker import publisher
from tests.api.client import ApiClient, body_of
from tests.log_lines import logging_as
from tests.servers.site import ScriptedSite

CANARY = "canary-5f1c9a7e"
CREDENTIALS: list[tuple[str, dict[str, Any]]] = [
    ("bearer", {"token": f"{CANARY}-1"}),
    ("headers", {"headers": [{"name": "X-Tenant", "value": f"{CANARY}-2"}]}),
    ("api_key", {"name": "key", "value": f"{CANARY}-3", "place": "query"}),
]


@dataclass(frozen=True)
class Heard:
    """What the site was sent, and every answer of the API."""

    requests: bytes
    answers: str
    outcomes: list[Outcome]


def spellings() -> list[bytes]:
    plain = CANARY.encode()
    # Wherever the word begins in what is encoded, one of these is in the code.
    shifted = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, plain.hex().encode(), *shifted]


def leaks(data: bytes) -> list[bytes]:
    return [each for each in spellings() if each in data]


@contextmanager
def api() -> Iterator[ApiClient]:
    app = create_app(load())
    yield ApiClient(app).register("ada@example.test")
    app.extensions["downtime"].redis.close()


def make_all(client: ApiClient, url: str) -> str:
    ids = [
        client.make("credentials", name=scheme, scheme=scheme, fields=fields)["id"]
        for scheme, fields in CREDENTIALS
    ]
    contact = client.make(
        "contacts", name="Ada", channels=[{"kind": "email", "address": "ada@example.test"}]
    )
    group = client.make("contact-groups", name="On call", contact_ids=[contact["id"]])
    monitor = client.make_monitor(
        url=url,
        settings={"allow_plaintext_credentials": True},
        credential_ids=ids,
        contact_group_ids=[group["id"]],
        confirmations=1,
    )
    return str(monitor["id"])


def check_once(engine: Engine) -> list[Outcome]:
    """Send the message of a check, and let a worker's pipeline do the rest."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        monitor = session.scalars(select(Monitor)).one()
        # The log of checks begins with the monitor: this one is to be in it at once.
        monitor.created_at -= timedelta(hours=1)
    slot = int(time())
    publisher.publish([DueCheck(monitor.id, slot, monitor.version, "default")])
    finished: SimpleQueue[Stored] = SimpleQueue()
    ring = KeyRing.from_settings(load())
    pipeline = Pipeline(
        Worker(EgressPolicy(mode="any")), capacity=10, ring=ring, stored=finished.put
    )
    pipeline.start()
    try:
        pipeline.submit(Request(monitor.id, slot, monitor.version, receipt=1))
        return list(finished.get(timeout=20).outcomes)
    finally:
        pipeline.stop()


def trace_once(engine: Engine, client: ApiClient, monitor_id: str) -> str:
    """Ask for a trace, make it as a worker does, and return every answer about it."""
    from tasks import test_runs  # noqa: PLC0415 - the settings exist only now

    asked = client.post(f"monitors/{monitor_id}/check?test_run=true")
    assert asked.status_code == 202
    with Session(engine) as session:
        number = session.scalars(select(TestRun.id)).one()
    test_runs.test_run(number)
    shown = client.get(asked.headers["Location"])
    assert body_of(shown)["report"]["evidence"]["body"].startswith("GET /cart")
    return asked.text + shown.text


def all_answers(client: ApiClient, monitor_id: str) -> str:
    lists = ("credentials", "monitors", "incidents", "deliveries", f"monitors/{monitor_id}/checks")
    read = [client.get(path) for path in (*lists, f"monitors/{monitor_id}")]
    read += [
        client.get(f"credentials/{each['id']}") for each in client.read("credentials")["items"]
    ]
    # What is wrong is not repeated either.
    bearer = client.read("credentials")["items"][1]["id"]
    for body in ({"fields": {"token": f"{CANARY} 4\n"}}, {"fields": {"surplus": CANARY}}):
        read.append(client.patch(f"credentials/{bearer}", body))
        read.append(client.post("credentials", {"name": "x", "scheme": "basic", **body}))
    (entry,) = body_of(read[4])["items"]
    read.append(client.get(f"monitors/{monitor_id}/checks/{entry['checked_at']}"))
    assert all(response.status_code in {200, 422} for response in read)
    # The site's echo was kept as evidence, without the secrets.
    assert "/cart" in read[-1].text
    return "".join(response.text for response in read)


@pytest.fixture
def echo() -> Iterator[ScriptedSite]:
    """Give a site that fails and sends everything back, in its body and in its headers."""
    with ScriptedSite() as site:

        def answer(_: str) -> bytes:
            sent = site.received[-1]
            first = sent.split(b"\r\n")[0]
            head = b"HTTP/1.1 500 Broken\r\nContent-Type: text/plain\r\nX-Asked: " + first
            return head + b"\r\nSet-Cookie: id=" + CANARY.encode() + b"\r\n\r\n" + sent

        site.answer = answer
        yield site


def tables(engine: Engine) -> Iterator[tuple[str, bytes]]:
    """Give every table as the bytes that Postgres holds of it."""
    named = text(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    with engine.connect() as connection:
        names = connection.scalars(named).all()
    with closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
        copy: Any = cursor
        for name in names:
            data = BytesIO()
            copy.copy_expert(f'COPY "{name}" TO STDOUT (FORMAT binary)', data)
            yield name, data.getvalue()


@pytest.mark.abuse(43)
@pytest.mark.committed
@pytest.mark.usefixtures("celery")
def test_invariant_7_a_secret_is_seen_by_the_site_and_by_nobody_else(
    celery: Celery,
    committed: Engine,
    redis: Redis,
    echo: ScriptedSite,
    capfd: pytest.CaptureFixture[str],
) -> None:
    del celery
    loud = load().model_copy(update={"log_level": "DEBUG", "log_format": "json"})
    with logging_as(loud), api() as client:
        monitor_id = make_all(client, f"{echo.url}/cart")
        heard = Heard(
            outcomes=check_once(committed),
            answers=all_answers(client, monitor_id) + trace_once(committed, client, monitor_id),
            requests=b"".join(echo.received),
        )
    output = capfd.readouterr()

    assert heard.outcomes == [Outcome.DOWN]
    for number in (1, 2, 3):
        assert f"{CANARY}-{number}".encode() in heard.requests
    assert leaks(heard.answers.encode()) == []
    assert "request" in output.err
    assert leaks((output.out + output.err).encode()) == []
    stored = dict(tables(committed))
    assert {"credentials", "monitors", "test_runs", "check_failures_default"} <= stored.keys()
    assert [name for name, data in stored.items() if leaks(data)] == []
    # The message of the check, and that of the trace.
    assert redis.llen("q.checks.default") == 2
    values = [redis.dump(key) or b"" for key in redis.scan_iter()]
    assert [value for value in values if leaks(value)] == []


def test_the_search_would_find_a_leak(committed: Engine) -> None:
    with committed.begin() as connection:
        connection.execute(
            text("INSERT INTO organizations (public_id, name) VALUES (gen_random_uuid(), :name)"),
            {"name": f"Shop {CANARY}"},
        )
    assert [name for name, data in tables(committed) if leaks(data)] == ["organizations"]
    for shift in range(3):
        assert leaks(base64.b64encode(b"ada"[:shift] + f":{CANARY}:".encode()))
