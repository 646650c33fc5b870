"""What a request writes is sent at once: no mail that somebody waits for waits for the sweep."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from config.settings import load
from devstack.sinks.smtp import MailSink
from models import Channel, Delivery
from models.delivery import DeliveryState
from notifiers.registry import make
from security.messages.keys import MessageKeys
from tests.api.applications import Serve
from tests.api.client import ApiClient
from tests.notifiers.settings import settings
from tests.tasks.queue_worker import keys_of

ADDRESS = "bob@example.test"


@pytest.fixture
def client(serve: Serve, committed: Engine, celery: Celery) -> ApiClient:
    """Make a client of an application that commits for good."""
    del committed, celery
    return ApiClient(serve(load())).register("ada@example.test")


def bodies(redis: Redis) -> list[str]:
    """Take what relays are told, the oldest first."""
    taken = redis.rpop("q.notifications", 200) or []
    assert isinstance(taken, list)
    return [json.loads(message)["body"] for message in taken]


@pytest.fixture
def mails(redis: Redis, tmp_path: Path) -> Iterator[Callable[[], list[str]]]:
    """Let a relay do what it was told, and give the subjects of the mails that came of it."""
    from tasks.deliveries import relay  # noqa: PLC0415 - the settings exist only now

    inbox = tmp_path / "mail"
    inbox.mkdir()
    with MailSink(inbox) as sink:
        values = settings(SMTP_URL=sink.url)

        def sent() -> list[str]:
            before = set(inbox.iterdir())
            for body in bodies(redis):
                ((delivery_id,), *_) = json.loads(b64decode(body))
                relay(delivery_id, lambda kind: make(kind, values))
            new = sorted(set(inbox.iterdir()) - before)
            return [message_from_bytes(each.read_bytes())["Subject"] for each in new]

        yield sent


def ask(client: ApiClient) -> str:
    """Add somebody, who is asked to agree; return the path of the channel."""
    channel = {"kind": "email", "address": ADDRESS}
    contact = client.make("contacts", name="Bob", channels=[channel])
    return f"contacts/{contact['id']}/channels/{contact['channels'][0]['id']}"


def test_who_is_to_agree_is_asked_without_a_sweep_and_asked_again_as_well(
    client: ApiClient, mails: Callable[[], list[str]]
) -> None:
    path = ask(client)
    assert [subject.split()[0] for subject in mails()] == ["Confirm"]
    assert client.post(f"{path}/confirmation").status_code == 202
    assert len(mails()) == 1
    assert mails() == []


def test_a_test_and_a_dead_letter_that_is_sent_again_arrive_without_a_sweep(
    client: ApiClient, mails: Callable[[], list[str]], committed: Engine
) -> None:
    path = ask(client)
    mails()
    with Session(committed) as session, session.begin():
        session.execute(update(Channel).values(confirmed_at=Channel.created_at))
    delivery = client.post(f"{path}/test").get_json()
    assert len(mails()) == 1
    with Session(committed) as session, session.begin():
        session.execute(
            update(Delivery)
            .where(Delivery.public_id == delivery["id"])
            .values(state=DeliveryState.DEAD)
        )
    assert client.post(f"deliveries/{delivery['id']}/resend").status_code == 202
    assert len(mails()) == 1


def test_a_request_that_fails_tells_relays_nothing(client: ApiClient, redis: Redis) -> None:
    twice = [{"kind": "email", "address": ADDRESS}, {"kind": "email", "address": "nobody"}]
    assert client.post("contacts", {"name": "Bob", "channels": twice}).status_code == 422
    assert bodies(redis) == []


def test_relays_believe_what_the_api_signs_with_keys_of_its_own() -> None:
    api, relay = (MessageKeys.parse(keys_of(name)) for name in ("api", "notifications"))
    sender = api.sender("deliveries.send")
    assert sender is not None
    assert sender.name == "api"
    assert api.key(sender, "q.notifications") == relay.key(sender, "q.notifications") is not None


def test_much_that_one_request_writes_is_left_to_the_sweep(celery: Celery, redis: Redis) -> None:
    del celery
    from tasks.deliveries import wake  # noqa: PLC0415 - the settings exist only now

    wake(range(1000))
    assert 0 < len(bodies(redis)) <= 100
