"""An event on its way to an integrator: posted by the relay, and verified by code of others."""

import json
from base64 import b64decode
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jsonschema import Draft202012Validator
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from standardwebhooks import Webhook, WebhookVerificationError

from models import Delivery
from models.delivery import DeliveryState
from models.session import database_now
from notifiers.webhook.webhook import WebhookNotifier
from security.egress.guard import EgressPolicy
from services.events import schemas as event_schemas
from services.subscriptions import subscriptions
from services.subscriptions.views import SubscriptionView
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.notifiers.gateway import Gateway, content, head, http
from tests.services.outage import NOW
from tests.services.subscribing import subscribe, vault

OK, GONE = http("200 OK", ""), http("410 Gone", "")


def subscribed(engine: Engine, url: str) -> SubscriptionView:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        view = subscribe(session, organization(session).id, "monitor.created", url=f"{url}/in?t=1")
        view.channel.shown  # noqa: B018 - read while the session is open
        return view


def create_monitor(engine: Engine, view: SubscriptionView) -> int:
    """Create a monitor and return the delivery that tells of it."""
    with Session(engine) as session, session.begin():
        make.monitor(session, view.subscription.organization_id, now=NOW)
        newest = select(Delivery.id).order_by(Delivery.id.desc()).limit(1)
        return session.scalars(newest).one()


def post(relaying: ModuleType, delivery_id: int) -> None:
    relaying.relay(delivery_id, lambda _: WebhookNotifier(EgressPolicy("any"), seconds=5))


def verified(request: bytes, secret: str) -> object:
    body = request.partition(b"\r\n\r\n")[2].decode()
    return Webhook(secret).verify(body, head(request))


def is_signed_by(request: bytes, public_key: str) -> bool:
    """Verify what is signed with `v1a` as its specification says."""
    headers, body = head(request), request.partition(b"\r\n\r\n")[2]
    key = Ed25519PublicKey.from_public_bytes(b64decode(public_key.removeprefix("whpk_")))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    for signature in headers["webhook-signature"].split(" "):
        version, _, text = signature.partition(",")
        if version == "v1a":
            try:
                key.verify(b64decode(text), signed)
            except Exception:  # noqa: BLE001, S112 - whatever is wrong, it is not signed by this
                continue
            return True
    return False


def test_an_event_is_posted_as_its_schema_says_and_others_verify_it(
    committed: Engine, relaying: ModuleType
) -> None:
    with Gateway(OK) as gateway:
        view = subscribed(committed, gateway.url)
        delivery_id = create_monitor(committed, view)
        post(relaying, delivery_id)
    [request] = gateway.requests
    assert request.startswith(b"POST /in?t=1 HTTP/1.1\r\n")
    assert head(request)["content-type"] == "application/json"
    assert view.secret is not None
    event = verified(request, view.secret.get_secret_value())
    assert event == content(request)
    Draft202012Validator(event_schemas.schema("monitor.created")).validate(event)
    assert content(request)["data"]["monitor"]["name"] == "Shop"
    assert is_signed_by(request, str(view.channel.shown["public_key"]))
    with Session(committed) as session:
        row = session.get_one(Delivery, delivery_id)
        assert (row.state, head(request)["webhook-id"]) == (DeliveryState.SENT, str(row.public_id))


def test_during_a_rotation_old_and_new_receivers_both_verify(
    committed: Engine, relaying: ModuleType
) -> None:
    with Gateway(OK) as gateway:
        view = subscribed(committed, gateway.url)
        old_secret, old_key = view.secret, str(view.channel.shown["public_key"])
        place = (view.subscription.organization_id, view.subscription.public_id)
        with Session(committed, expire_on_commit=False) as session, session.begin():
            now = database_now(session)
            rotated = subscriptions.rotate(session, *place, vault=vault(), now=now)
        post(relaying, create_monitor(committed, view))
        with Session(committed) as session, session.begin():
            subscriptions.end_rotation(session, *place, vault=vault(), now=NOW)
        post(relaying, create_monitor(committed, view))
    during, after = gateway.requests
    assert old_secret is not None
    assert rotated.secret is not None
    for secret in (old_secret, rotated.secret):
        verified(during, secret.get_secret_value())
    verified(after, rotated.secret.get_secret_value())
    with pytest.raises(WebhookVerificationError):
        verified(after, old_secret.get_secret_value())
    new_key = str(rotated.channel.shown["public_key"])
    assert [is_signed_by(each, old_key) for each in (during, after)] == [True, False]
    assert [is_signed_by(each, new_key) for each in (during, after)] == [True, True]


def test_a_receiver_that_says_gone_gets_nothing_more(
    committed: Engine, relaying: ModuleType
) -> None:
    with Gateway(GONE) as gateway:
        view = subscribed(committed, gateway.url)
        first, second = create_monitor(committed, view), create_monitor(committed, view)
        post(relaying, first)
        post(relaying, second)
    assert len(gateway.requests) == 1
    with Session(committed) as session:
        states = session.scalars(select(Delivery.state).order_by(Delivery.id)).all()
    assert states == [DeliveryState.DEAD, DeliveryState.DEAD]


def test_no_secret_is_in_the_outbox(committed: Engine, relaying: ModuleType) -> None:
    with Gateway(OK) as gateway:
        view = subscribed(committed, gateway.url)
        post(relaying, create_monitor(committed, view))
    assert view.secret is not None
    with committed.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT to_jsonb(d)::text FROM deliveries d UNION ALL SELECT to_jsonb(c)::text"
            " FROM channels c UNION ALL SELECT to_jsonb(a)::text FROM delivery_attempts a"
        )
        text = json.dumps([row[0] for row in rows])
    assert view.secret.get_secret_value() not in text
    assert "/in?t=1" not in text
