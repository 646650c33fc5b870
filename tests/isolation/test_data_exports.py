"""Exports of all data of a person and of an organization, with the rights of the API."""

import io
import json
import zipfile
from typing import Any

import pyrage
from flask import Flask
from werkzeug.test import TestResponse

from models import Base
from services.privacy.catalogue import TABLES
from tests.api.client import PASSWORD, body_of
from tests.api.machines import callers
from tests.contract.things import make_things
from tests.isolation.conftest import Two

PROOF = {"current_password": PASSWORD}


def _opened(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def _exported(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    assert "attachment" in response.headers["Content-Disposition"]
    return _opened(response.data)


def _names(columns: str) -> set[str]:
    return {"id" if name == "public_id" else name for name in columns.split()}


def test_each_column_that_is_marked_as_own_is_in_the_data_of_a_person(two: Two) -> None:
    make_things(two.mine)
    callers.new_key(two.mine)
    callers.new_account(two.mine)
    two.mine.make("invitations", email="olga@example.test", role="viewer")
    shown = two.mine.read("me/data")["records"]
    files = _exported(two.mine.post("me/data-export", PROOF))
    own = {name for name, line in TABLES.items() if line.own}
    assert shown.keys() == own
    assert files.keys() == {f"{name}.json" for name in own} | {"manifest.json"}
    filled = {name for name, rows in shown.items() if rows}
    assert filled >= {"users", "user_sessions", "memberships", "api_keys", "service_accounts"}
    for name in filled:
        assert all(row.keys() == _names(TABLES[name].own) for row in shown[name]), name
    assert shown["users"][0]["email"] == "ada@example.test"
    assert "eve@example.test" not in json.dumps(files)


def test_each_column_that_is_marked_as_shared_is_in_the_export_of_the_organization(
    two: Two,
) -> None:
    for each in (two.mine, two.theirs):
        make_things(each)
    theirs = two.theirs.make_monitor(name="Of another")
    files = _exported(two.mine.post("organization/data-export", PROOF))
    shared = {name for name, line in TABLES.items() if line.shared}
    assert files.keys() == {f"{name}.json" for name in shared} | {"manifest.json"}
    filled = {name for name in shared if files[f"{name}.json"]}
    assert filled >= {"organizations", "monitors", "contacts", "channels", "slos", "memberships"}
    for name in filled:
        rows = files[f"{name}.json"]
        assert all(row.keys() == _names(TABLES[name].shared) for row in rows), name
    text = json.dumps(files)
    assert theirs["id"] not in text
    assert "eve@example.test" not in text
    (group,) = files["monitor_contact_groups.json"]
    assert group["monitor_id"] == files["monitors.json"][0]["id"]
    assert files["maintenance_windows.json"][0]["monitor_ids"] == [group["monitor_id"]]
    # Keys of other rows never appear as they are.
    keys = {
        (name, column.name)
        for name in shared
        for column in Base.metadata.tables[name].columns
        if column.name.endswith("_id")
        and column.name != "public_id"
        and column.name in TABLES[name].shared.split()
    }
    for name, column in keys:
        for row in files[f"{name}.json"]:
            assert not isinstance(row[column], int), (name, column)


def test_an_export_is_for_owners_who_prove_it_and_can_be_encrypted(app: Flask, two: Two) -> None:
    identity = pyrage.x25519.Identity.generate()
    sealed = {**PROOF, "recipient": str(identity.to_public())}
    wrong = {"current_password": "not it"}
    assert two.mine.post("organization/data-export", wrong).status_code == 422
    refused = two.mine.post("me/data-export", {**PROOF, "recipient": "age1nobody"})
    assert list(body_of(refused)["errors"]) == ["recipient"]
    for path in ("me/data-export", "organization/data-export"):
        response = two.mine.post(path, sealed)
        assert response.mimetype == "application/age"
        assert "manifest.json" in _opened(pyrage.decrypt(response.data, [identity]))
    key = callers.new_key(two.mine)["key"]
    machine = callers.with_token(app, key)
    assert machine.post("organization/data-export", PROOF).status_code == 403
    actions = [each["action"] for each in two.mine.read("audit-entries")["items"]]
    assert {"user.data_exported", "organization.data_exported"} <= set(actions)
