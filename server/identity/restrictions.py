"""Applies the policy of the organization to each request of a member or a machine."""

from datetime import datetime
from enum import IntEnum
from uuid import UUID

from domain.organization_policy import (
    OPEN_FOR_ENROLMENT,
    Policy,
    Refusal,
    Visit,
    is_from,
    refusal,
)
from server.identity.clients import Address
from services.errors import Forbidden, Unauthenticated

SENTENCES = {
    Refusal.NETWORK: "This organization does not allow your network.",
    Refusal.WAY: "This organization does not allow this way to log in. Log in by another way.",
    Refusal.PASSKEY_MISSING: "This organization requires a passkey. Register one first.",
    Refusal.FACTOR_MISSING: "This organization requires a second factor. Set one up first.",
}
_OVER = "Your session has ended. Log in again."


class Reach(IntEnum):
    """How far a route can be reached by a member whom the policy refuses."""

    MEMBERS = 0
    """Not at all. This is the rule."""
    ENROLMENT = 1
    """While a second factor or a passkey is missing, which the route helps to set up."""
    ALWAYS = 2
    """Always, because it leads to another organization, and shows nothing of this one."""


def judge(
    policy: Policy, visit: Visit, *, reach: Reach, session_id: UUID, now: datetime
) -> Refusal | None:
    """Raise `Unauthenticated` or `Forbidden` if the policy refuses the visit to this route.

    Return the refusal of a visit that only this route is open for.
    """
    found = refusal(policy, visit, now=now)
    if found is None:
        return None
    if found is Refusal.SESSION_OVER:
        raise Unauthenticated(_OVER, ended=session_id)
    is_open = reach is Reach.ALWAYS or (reach is Reach.ENROLMENT and found in OPEN_FOR_ENROLMENT)
    if not is_open:
        raise Forbidden(SENTENCES[found], refusal=found)
    return found


def judge_machine(policy: Policy, address: Address | None) -> None:
    """Raise `Forbidden` for a machine from another network, if the policy asks that of machines."""
    if policy.networks_for_machines and not is_from(policy.networks, address):
        raise Forbidden(SENTENCES[Refusal.NETWORK], refusal=Refusal.NETWORK)
