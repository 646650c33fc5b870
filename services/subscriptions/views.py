"""Views of event subscriptions, and of the events posted to them."""

import uuid
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import Channel, EventSubscription
from services import pagination
from services.errors import NotFound
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryFilter, DeliveryView

_BY_NAME = pagination.Order(
    scope="event-subscriptions", columns=(EventSubscription.name, EventSubscription.public_id)
)


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription and its channel; `secret` is set only right after it was generated."""

    subscription: EventSubscription
    channel: Channel
    secret: SecretStr | None = None


def existing(
    session: Session, organization_id: int, subscription_id: uuid.UUID, *, locked: bool = False
) -> SubscriptionView:
    """Return a subscription; `locked` makes other changes wait until the commit.

    Raise `NotFound` if there is none.
    """
    query = _of_organization(organization_id).where(EventSubscription.public_id == subscription_id)
    if locked:
        query = query.with_for_update(key_share=True)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound("event subscription")
    return SubscriptionView(row.EventSubscription, row.Channel)


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[SubscriptionView]:
    """List subscriptions by name."""
    query = _of_organization(organization_id)
    rows = pagination.read_rows(session, query, _BY_NAME, request)
    return rows.each(lambda row: SubscriptionView(*row))


def posted(
    session: Session,
    organization_id: int,
    subscription_id: uuid.UUID,
    request: pagination.PageRequest,
) -> pagination.Page[DeliveryView]:
    """List the deliveries to a subscription, newest first."""
    view = existing(session, organization_id, subscription_id)
    wanted = DeliveryFilter(channel_id=view.channel.public_id)
    return delivery_history.page(session, organization_id, wanted, request)


def _of_organization(organization_id: int) -> Select[EventSubscription, Channel]:
    return (
        select(EventSubscription, Channel)
        .join(Channel, Channel.id == EventSubscription.channel_id)
        .where(EventSubscription.organization_id == organization_id)
    )
