"""What the audit log has to say of an example: one entry of the right name, without any secret."""

import json
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import AuditEntry
from server.request import actions
from services.audit import chain, verify

_SECRETS = frozenset(
    [
        "access_token",
        "answer",
        "api_key",
        "client_secret",
        "code",
        "current_password",
        "key",
        "new_password",
        "password",
        "ping_url",
        "previous_secret",
        "recovery_codes",
        "refresh_token",
        "secret",
        "signing_secret",
        "token",
        "uri",
        "value",
        "webhook_secret",
    ]
)
"""The names of what no entry may repeat, in requests and in answers."""
_SHORTEST = 8


def count(session: Session) -> int:
    """Return how many entries there are."""
    found = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    session.commit()
    return found


def problems(
    app: Flask, session: Session, response: TestResponse, sent: object, before: int
) -> list[str]:
    """Return what is wrong with what a successful request added to the audit log."""
    request = response.request
    endpoint, _ = app.url_map.bind("").match(request.path, request.method)
    action = actions.action_of(str(endpoint)) if request.method != "GET" else None
    new = count(session) - before
    if new != (action is not None):
        return [f"{new} entries of {action}"]
    if action is None:
        return []
    entry = session.scalars(
        select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.sequence.desc()).limit(1)
    ).one()
    verdict = verify.verify(session, entry.organization_id)
    session.commit()
    found = [] if entry.action == action else [f"it is called {entry.action} for {action}"]
    text = json.dumps([chain.content(entry), chain.personal(entry)], ensure_ascii=False)
    found += [f"it has {name}" for name, secret in _secrets(sent, response) if secret in text]
    if entry.actor_kind == "nobody" or entry.request_id is None or entry.ip is None:
        found += [] if action == "user.deleted" else ["it does not say who, or from where"]
    return found + [each.text for each in verdict.problems]


def _secrets(sent: object, response: TestResponse) -> Iterator[tuple[str, str]]:
    yield from _found("", sent)
    if response.data and response.is_json:
        yield from _found("", response.get_json())


def _found(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        for each, inner in value.items():
            yield from _found(each, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(name, inner)
    elif isinstance(value, str) and name in _SECRETS and len(value) >= _SHORTEST:
        yield name, value
