"""The act that a request is, for the audit log: its name, and where it came from."""

from uuid import UUID

from flask import g, has_request_context, request
from sqlalchemy.orm import Session

from models.audit_entry import ActorKind, Via
from security.login.machine_secrets import ApiKeyText
from server.identity.clients import client_address
from server.identity.principal import Presented, Principal
from server.request import actions
from services.audit import acts
from services.audit.acts import Actor, Circumstances

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def of_request() -> Circumstances | None:
    """Return what is known of the act of this request, or None if it is none."""
    if not has_request_context() or request.endpoint is None:
        return None
    if request.method in _READING and request.endpoint not in actions.GET_ACTS:
        return None
    action = actions.action_of(request.endpoint)
    if action is None:
        return None
    address = client_address()
    is_form = actions.is_form(request.endpoint)
    via = Via.APP if is_form else Via.API_TOKEN
    return Circumstances(
        action=action,
        via=Via.LINK if actions.is_link(request.endpoint) else via,
        target_ids={
            name: value
            for name, value in (request.view_args or {}).items()
            if isinstance(value, UUID)
        },
        ip=None if address is None else str(address),
        user_agent=request.user_agent.string or None,
        request_id=g.get("request_id"),
        only_changes=is_form,
    )


def declare(session: Session, shown: Presented, principal: Principal) -> None:
    """Declare the act of an authenticated caller."""
    acts.declare(session, principal.organization_id, _actor(shown, principal))


def _actor(shown: Presented, principal: Principal) -> Actor:
    if principal.machine is None:
        return Actor(kind=ActorKind.USER, user_key=principal.user_id)
    kind = ActorKind.API_KEY if isinstance(shown, ApiKeyText) else ActorKind.SERVICE_ACCOUNT
    return Actor(kind=kind, id=principal.machine.public_id, label=principal.machine.name)
