"""The act that a transaction is: who does what, noted by entry points and services.

An entry point begins an act. It is recorded at the end of the transaction, if somebody has said for
whom it is done (`declare`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from models.audit_entry import ActorKind, Via
from models.session import act_for, ensure_acting_for, know_acting_for

INSTANCE = 999_999_999
"""The chain of this installation: of what belongs to no organization, such as a login to none."""

_KEY = "audit"
_VIA = {
    ActorKind.API_KEY: Via.API_KEY,
    ActorKind.SERVICE_ACCOUNT: Via.SERVICE_ACCOUNT,
    ActorKind.LINK: Via.LINK,
    ActorKind.OPERATOR: Via.OPERATOR,
}
"""How those come in who can come in one way only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the entry point knows before anybody is known: the kind of act, and where it came from.

    An act of a form (`only_changes`) may turn out to have changed nothing, and is then no act.
    """

    action: str
    via: Via
    target_ids: dict[str, UUID] = field(default_factory=dict)
    """The ids in the address of the request, by the name of their parameter."""
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    only_changes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts. The id and the label of a user are looked up by the key."""

    kind: ActorKind
    user_key: int | None = None
    id: UUID | None = None
    label: str | None = None


SYSTEM = Actor(kind=ActorKind.SYSTEM)
"""This service, when a periodic task changes something on its own."""


@dataclass(slots=True, kw_only=True)
class Act:
    """What is known of the act of a transaction so far."""

    circumstances: Circumstances
    organization_id: int = 0
    actor: Actor | None = None
    target: tuple[str, UUID | None, str | None] | None = None
    """The kind, id and label of the target, if they follow neither from request nor changes."""
    wrote: bool = False
    """Whether anything was written since the actor is known."""
    noted: dict[str, Any] = field(default_factory=dict)
    """Further facts of the target, as if they were new values of its fields."""
    also: tuple[int, ...] = ()
    """Further organizations into whose chains the act belongs as well."""
    action: str
    via: Via

    @property
    def chains(self) -> tuple[int, ...]:
        """The owners of the chains to which the act is added, the installation last."""
        return (*self.also, self.organization_id)

    @property
    def is_due(self) -> bool:
        return self.actor is not None and (self.wrote or not self.circumstances.only_changes)


def begin(session: Session, circumstances: Circumstances | None) -> None:
    """Begin an act, or none, such as for a request that only reads."""
    session.info[_KEY] = (
        None
        if circumstances is None
        else Act(circumstances=circumstances, action=circumstances.action, via=circumstances.via)
    )


def current(session: Session) -> Act | None:
    """Return the act of this transaction, if it is one."""
    act: Act | None = session.info.get(_KEY)
    return act


def due(session: Session) -> Act | None:
    """Return the act of this transaction if it is to be recorded, or forget it.

    The transaction acts for the owner of its first chain from here on.
    """
    act = current(session)
    if act is None:
        return None
    session.flush()
    if not act.is_due:
        withdraw(session)
        return None
    ensure_acting_for(session, act.chains[0])
    return act


def declare(session: Session, organization_id: int, actor: Actor) -> None:
    """Say in whose chain the act belongs, and who does it. Without this nothing is recorded.

    The transaction acts for this organization at present.
    """
    act = current(session)
    if act is not None:
        session.flush()
        know_acting_for(session, organization_id)
        act.organization_id, act.actor, act.wrote = organization_id, actor, False
        act.via = _VIA.get(actor.kind, act.circumstances.via)


def declare_of_operator(session: Session, organization_ids: Iterable[int], operator: Actor) -> None:
    """Declare what an operator did to some organizations: an entry is added to each of their chains.

    The last one is added to that of the installation. The transaction acts for it from here on.
    """
    act_for(session, INSTANCE)
    declare(session, INSTANCE, operator)
    wrote(session)
    act = current(session)
    if act is not None:
        act.also = tuple(sorted(set(organization_ids)))


def wrote(session: Session) -> None:
    """Say that the act changed something before it was declared."""
    act = current(session)
    if act is not None:
        act.wrote = True


def declare_user(session: Session, organization_id: int, user_key: int) -> None:
    """Declare an act of a user, by the key of its row."""
    declare(session, organization_id, Actor(kind=ActorKind.USER, user_key=user_key))


def declare_change(session: Session, organization_id: int, actor: Actor, action: str) -> None:
    """Declare and name an act that came with no request, after its first change."""
    act = current(session)
    if act is not None:
        session.flush()
        act.organization_id, act.actor, act.action, act.wrote = organization_id, actor, action, True


def name(session: Session, action: str) -> None:
    """Name the act more exactly than its entry point could."""
    act = current(session)
    if act is not None:
        act.action = action


def aim(session: Session, kind: str, public_id: UUID | None, label: str | None = None) -> None:
    """Name the target of the act, if it follows neither from the request nor from the changes."""
    act = current(session)
    if act is not None:
        act.target = (kind, public_id, label)


def note(session: Session, **facts: object) -> None:
    """Note facts of the act that no column shows, as new values of fields of the target."""
    act = current(session)
    if act is not None:
        act.noted.update(facts)


def withdraw(session: Session) -> None:
    """Say that this transaction is no act after all, such as a repeated request."""
    session.info[_KEY] = None
