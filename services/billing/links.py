"""Links to the pages of the billing provider, where a customer subscribes and pays.

The provider is asked while no transaction is open: `NeedsProvider` ends the transaction, and the
request is repeated with the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from domain.plans.billing import PAYING, Subscription
from models import BillingAccount, Organization, User
from services.billing import accounts
from services.billing.provider import BillingProvider
from services.errors import Conflict, Invalid
from services.plans import terms

Answers = Mapping[str, str]
"""What the provider has answered to this request, by what was asked."""

_CUSTOMER = "customer"
_LINK = "link"


class NeedsProvider(Exception):
    """The request needs an answer of the provider; `ask` gets it."""

    def __init__(self, name: str, ask: Callable[[BillingProvider], str]) -> None:
        super().__init__(name)
        self.name = name
        self.ask = ask


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan that can be subscribed to."""

    plan_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingView:
    """What is known of the subscription, and the plans that are sold."""

    subscription: Subscription
    offers: Sequence[Offer]

    @property
    def is_paying(self) -> bool:
        return self.subscription.status in PAYING


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, the page to come back to, and what the provider has answered already."""

    user_id: int
    back: str
    answers: Answers


def view(session: Session, organization_id: int) -> BillingView:
    """Return the subscription of an organization, as it was last read."""
    row = accounts.find(session, organization_id)
    plans = terms.offered(session).plans.items()
    return BillingView(
        subscription=Subscription() if row is None else accounts.subscription_of(row),
        offers=[Offer(key, plan.name) for key, plan in plans if plan.price],
    )


def checkout(
    session: Session, organization_id: int, plan_id: str, visitor: Visitor, *, now: datetime
) -> str:
    """Return the address where the organization subscribes to a plan.

    Raise `Conflict` if it has a subscription: it is changed in the portal.
    """
    plan = terms.offered(session).plans.get(plan_id)
    if plan is None or not plan.price:
        raise Invalid({"plan": [f"There is no plan {plan_id}."]})
    row = _customer(session, organization_id, visitor, now)
    if row.status in PAYING:
        raise Conflict("There is a subscription already. Change it on the pages of the provider.")
    price = plan.price
    return _answer(
        visitor, _LINK, lambda at: at.checkout_link(row.customer, price=price, back=visitor.back)
    )


def portal(session: Session, organization_id: int, visitor: Visitor, *, now: datetime) -> str:
    """Return the address of invoices, payment methods and the end of the subscription."""
    row = _customer(session, organization_id, visitor, now)
    return _answer(visitor, _LINK, lambda at: at.portal_link(row.customer, back=visitor.back))


def _customer(
    session: Session, organization_id: int, visitor: Visitor, now: datetime
) -> BillingAccount:
    row = accounts.find(session, organization_id)
    if row is not None:
        return row
    organization = session.get_one(Organization, organization_id)
    email = session.get_one(User, visitor.user_id).email
    name, reference = organization.name, str(organization.public_id)
    customer = _answer(
        visitor,
        _CUSTOMER,
        lambda at: at.create_customer(name=name, email=email, reference=reference),
    )
    return accounts.begin(session, organization_id, customer, now=now)


def _answer(visitor: Visitor, name: str, ask: Callable[[BillingProvider], str]) -> str:
    found = visitor.answers.get(name)
    if found is None:
        raise NeedsProvider(name, ask)
    return found
