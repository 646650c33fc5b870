"""Every operation and every page while an organization has not paid, or is suspended."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permissions import FOR_PEOPLE_ONLY, PERMISSIONS, Permission, Role
from domain.plans.standing import Standing, allowed
from models import Organization
from services.plans import changes
from tests.api.client import ApiClient
from tests.api.identity.test_permissions import filled, operations
from tests.api.machines.callers import new_key
from tests.services.outage import NOW
from tests.web.reader import Reader
from web.routing import permission_of

REFUSED = {Standing.RESTRICTED: 402, Standing.SUSPENDED: 403}
ENDS_THE_CALLER = {"/api/v1/me/membership", "/api/v1/sessions"}


def give(session: Session, standing: Standing) -> None:
    owner = session.scalars(select(Organization)).one()
    changes.set_standing(session, owner.id, standing, now=NOW)
    session.commit()


@pytest.mark.parametrize("standing", list(REFUSED), ids=str)
@pytest.mark.parametrize("caller", ["person", "machine"])
def test_every_operation_is_refused_that_the_standing_does_not_allow(
    app: Flask, client: ApiClient, session: Session, standing: Standing, caller: str
) -> None:
    own = PERMISSIONS[Role.OWNER] - (FOR_PEOPLE_ONLY if caller == "machine" else frozenset())
    sender = client if caller == "person" else ApiClient(app)
    if caller == "machine":
        sender.token = str(new_key(client, *sorted(own))["key"])
    walk = [each for each in operations(client) if "x-permission" in each[2]]
    give(session, standing)
    left, refusal = allowed(standing, own), REFUSED[standing]
    changed = 0
    for path, method, operation in walk:
        permission = Permission(operation["x-permission"])
        if path in ENDS_THE_CALLER or permission not in own:
            continue
        status = sender.send(method, filled(path), json={}).status_code
        assert (status == refusal) == (permission not in left), (method, path, status)
        changed += permission not in left
    assert changed > 60


@pytest.mark.parametrize("standing", list(REFUSED), ids=str)
def test_every_action_of_a_page_is_refused_that_the_standing_does_not_allow(
    app: Flask, session: Session, standing: Standing
) -> None:
    ada = Reader(app).register("ada@example.test")
    give(session, standing)
    left = allowed(standing, PERMISSIONS[Role.OWNER])
    refused = 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        permission = permission_of(view) if hasattr(view, "_guard") else None
        if permission is None or permission in left:
            continue
        path = re.sub(r"<uuid:\w+>", lambda _: str(uuid4()), rule.rule)
        path = re.sub(r"<(?:\w+(?:\(.*?\))?:)?\w+>", "1", path)
        seen = ada.post(path) if "POST" in (rule.methods or ()) else ada.get(path)
        assert seen.status == REFUSED[standing], (rule.rule, seen.status)
        refused += 1
    assert refused > 50
