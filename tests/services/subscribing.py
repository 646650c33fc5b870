"""An organization that subscribes to events, and what is posted to it."""

import json
from collections.abc import Sequence
from typing import Any

from jsonschema import Draft202012Validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import load
from domain.alerting.alert import AlertEvent
from models import Delivery
from security.egress.addresses import EgressPolicy
from security.vault import KeyRing
from services.events import schemas as event_schemas
from services.subscriptions import subscriptions
from services.subscriptions.subscriptions import SubscriptionValues, Vault
from services.subscriptions.views import SubscriptionView
from tests.services.outage import NOW

ADDRESS = "https://hooks.example/events?token=very-secret"


def vault() -> Vault:
    return Vault(ring=KeyRing.from_settings(load()), policy=EgressPolicy("any"))


def subscribe(
    session: Session, organization_id: int, *events: str, url: str = ADDRESS
) -> SubscriptionView:
    values = SubscriptionValues(name="Automation", url=url, events=events or ("*",))
    return subscriptions.create(session, organization_id, values, vault=vault(), now=NOW)


def posted(session: Session) -> list[dict[str, Any]]:
    """Return the documents in the order of writing, each proven to be what its schema says."""
    rows = session.scalars(
        select(Delivery).where(Delivery.event == AlertEvent.EVENT).order_by(Delivery.id)
    )
    documents = [json.loads(row.facts["document"]) for row in rows]
    for document in documents:
        validator = Draft202012Validator(event_schemas.schema(document["type"]))
        validator.check_schema(validator.schema)
        validator.validate(document)
    return documents


def types(documents: Sequence[dict[str, Any]]) -> list[str]:
    return [document["type"] for document in documents]
