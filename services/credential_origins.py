"""The origins that a credential may be sent to, set only with `credential:write`.

If a credential has no origin yet, the first monitor that uses it adds the origin of its URL. That
requires the permission to write credentials. `proxy` and `ca_bundle` send nothing to a site, so
they have no origins.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from domain.permissions import Permission
from models import Credential, Monitor, MonitorCredential
from probes.auth.registry import SCHEMES
from probes.endpoints import parse_endpoint
from probes.kinds.multistep.templates import named_origins
from probes.registry import KINDS
from probes.urls import UrlError, origin_of, parse_url
from services.errors import Conflict, Forbidden, Invalid

MOST = 50
_PORTS: Mapping[str, Mapping[str, int | None]] = {
    scheme: kind.ports for kind in KINDS.values() if kind.schemes for scheme in kind.ports
}


@dataclass(frozen=True, slots=True)
class CredentialKey:
    """The properties of a credential that its monitors need."""

    id: int
    scheme: str
    origins: tuple[str, ...] = ()

    @property
    def is_bound(self) -> bool:
        """Return whether it is sent to the site, so that its origin counts."""
        return not SCHEMES[self.scheme].everywhere


Keys = Mapping[uuid.UUID, CredentialKey]


def checked(scheme: str, origins: Iterable[str]) -> list[str]:
    """Return origins in the form of RFC 6454, each once. Raise `Invalid` for any other."""
    named = sorted({_origin(index, text) for index, text in enumerate(origins)})
    if named and SCHEMES[scheme].everywhere:
        problem = (
            f"A credential of the scheme {scheme} applies to every site, so it has no origins."
        )
        raise Invalid({"origins": [problem]})
    if len(named) > MOST:
        raise Invalid({"origins": [f"Must be at most {MOST}."]})
    return named


def keys(
    session: Session, organization_id: int, wanted: Collection[uuid.UUID]
) -> dict[uuid.UUID, CredentialKey]:
    if not wanted:
        return {}
    rows = session.execute(
        select(Credential.public_id, Credential.id, Credential.scheme, Credential.origins).where(
            Credential.organization_id == organization_id, Credential.public_id.in_(wanted)
        )
    )
    return {row.public_id: CredentialKey(row.id, row.scheme, tuple(row.origins)) for row in rows}


def refuse_use(own: Collection[Permission]) -> None:
    """Raise `Forbidden` unless the caller may define requests with a credential."""
    if not {Permission.CREDENTIAL_USE, Permission.CREDENTIAL_WRITE} & set(own):
        needed = Permission.CREDENTIAL_USE
        raise Forbidden(
            f"A monitor with credentials also requires the permission {needed}.",
            permission=needed,
        )


def may_name(own: Collection[Permission]) -> bool:
    """Return whether the caller's use of a credential may also set its origin."""
    return Permission.CREDENTIAL_WRITE in own


def problems(
    url: str, named: Sequence[uuid.UUID], there: Keys, *, may_name: bool
) -> dict[str, list[str]]:
    """Return which of these credentials may not be sent to the URL, leaving out unknown ones."""
    origin = origin_of(url)
    found = [
        problem
        for each in named
        if each in there and (problem := _problem(each, there[each], origin, may_name=may_name))
    ]
    return {"credential_ids": found} if found else {}


def trust_problems(
    named: Iterable[uuid.UUID], there: Keys, *, may_name: bool
) -> dict[str, list[str]]:
    """Return a problem unless the caller may send a credential to an unverified server.

    Without a verified certificate, anyone on the network path could be the server.
    """
    if may_name or not any(there[each].is_bound for each in named if each in there):
        return {}
    needed = Permission.CREDENTIAL_WRITE
    return {
        "settings.verify_tls": [
            f"Sending a credential to an unverified server requires the permission {needed}."
        ]
    }


def claimed(url: str, named: Iterable[uuid.UUID], there: Keys) -> Keys:
    """Return the keys, with the origin of that URL for the used ones that have none yet."""
    new = {
        each: replace(there[each], origins=(origin_of(url),))
        for each in named
        if there[each].is_bound and not there[each].origins
    }
    return {**there, **new}


def claim(session: Session, before: Keys, after: Keys, *, now: datetime) -> None:
    """Write the claimed origins. Raise `Conflict` if another transaction set a different one."""
    claims = {
        key.id: list(key.origins) for each, key in after.items() if key != before.get(each, key)
    }
    # In the order of ids, so that concurrent claims cannot deadlock.
    for credential_id, origins in sorted(claims.items()):
        written = session.execute(
            update(Credential)
            .where(
                Credential.id == credential_id,
                or_(Credential.origins == [], Credential.origins == origins),
            )
            .values(origins=origins, updated_at=now)
            .returning(Credential.id)
        ).all()
        if not written:
            raise Conflict("The origins of a credential changed at the same time. Try again.")


def refuse_removal(session: Session, credential: Credential, after: Collection[str]) -> None:
    """Raise `Conflict` for an origin that a monitor still uses: its checks would stop."""
    gone = set(credential.origins) - set(after)
    if not gone:
        return
    rows = session.execute(
        select(Monitor.url, Monitor.settings["steps"].label("steps"))
        .join(MonitorCredential, MonitorCredential.monitor_id == Monitor.id)
        .where(MonitorCredential.credential_id == credential.id, Monitor.deleted_at.is_(None))
    )
    sites = (named_origins(row.steps) | {origin_of(row.url)} for row in rows)
    used = sorted(gone.intersection(frozenset().union(*sites)))
    if used:
        raise Conflict(f"A monitor still sends this credential to {used[0]}.", field="origins")


def _origin(index: int, text: str) -> str:
    try:
        return _parsed(text)
    except UrlError as error:
        raise Invalid({f"origins.{index}": [str(error)]}) from error


def _parsed(text: str) -> str:
    """Return an origin of a web address, or of one of another kind that takes credentials."""
    scheme = text.partition(":")[0].lower()
    if scheme in _PORTS and scheme not in KINDS["http"].ports:
        return parse_endpoint(text, _PORTS[scheme]).text
    url = parse_url(text)
    if url.text != f"{url.origin_text}/" or "#" in text:
        raise UrlError("Must be an origin such as https://example.com.")
    return url.origin_text


def _problem(
    public_id: uuid.UUID, key: CredentialKey, origin: str, *, may_name: bool
) -> str | None:
    if not key.is_bound or origin in key.origins:
        return None
    if key.origins:
        return f"The credential {public_id} may not be sent to {origin}. Add this origin to it."
    if may_name:
        return None
    needed = Permission.CREDENTIAL_WRITE
    return f"The credential {public_id} has no origin yet. Its first use requires {needed}."
