"""Domains of an organization: which there are, and what their owner has to write into the DNS."""

import secrets
import uuid
from datetime import datetime

import idna
from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.login.mail_domains import is_name, is_public
from models import Domain
from models.domain import DomainState
from services import lookup, pagination, quotas
from services.errors import Invalid

_NOUN = "domain"
_BY_NAME = pagination.Order(scope="domains", columns=(Domain.name,))
_SAYS = "downtime-domain="


def create(session: Session, organization_id: int, *, name: str, now: datetime) -> Domain:
    """Add a domain that the organization is going to prove.

    Another organization may own it. That is not said before the proof, so that nobody learns by
    guessing who uses this service.
    """
    chosen = ascii_name(name)
    quotas.take(session, organization_id, "domains")
    domain = Domain(
        organization_id=organization_id,
        name=chosen,
        challenge=f"{_SAYS}{secrets.token_urlsafe(24)}",
        state=DomainState.PENDING,
        failures=0,
        created_at=now,
        updated_at=now,
    )
    session.add(domain)
    lookup.flush_unique(session, f"a {_NOUN}")
    return domain


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[Domain]:
    """List the domains by name."""
    query = select(Domain).where(Domain.organization_id == organization_id)
    return pagination.read(session, query, _BY_NAME, request)


def find(session: Session, organization_id: int, domain_id: uuid.UUID) -> Domain:
    """Return a domain. Raise `NotFound` if there is none."""
    return lookup.find(session, Domain, organization_id, domain_id, _NOUN)


def request_check(
    session: Session, organization_id: int, domain_id: uuid.UUID, *, now: datetime
) -> Domain:
    """Have the DNS asked at once. The result is in the domain after a moment."""
    domain = lookup.locked(session, Domain, organization_id, domain_id, _NOUN)
    domain.next_check_at = now
    session.flush()
    return domain


def delete(session: Session, organization_id: int, domain_id: uuid.UUID) -> None:
    """Delete a domain. Another organization can prove it from then on."""
    domain = lookup.locked(session, Domain, organization_id, domain_id, _NOUN)
    session.execute(delete_rows(Domain).where(Domain.id == domain.id))


def ascii_name(name: str) -> str:
    """Return the name as the DNS has it. Raise `Invalid` for one that nobody can prove."""
    text = name.strip().removesuffix(".").lower()
    try:
        chosen = text if text.isascii() else idna.encode(text, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        chosen = ""
    if not is_name(chosen):
        raise Invalid({"name": ["Must be the name of a domain, such as example.com."]})
    if is_public(chosen):
        raise Invalid({"name": ["Anybody can get an address in this domain, so nobody owns it."]})
    return chosen
