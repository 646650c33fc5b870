"""Every route of the pages: who may see it, and who may press its buttons."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from domain.permissions import PERMISSIONS, Permission, Role
from tests.api.machines.callers import join
from tests.web.reader import Reader
from web.routing import permission_of

OPEN = {
    "/forgot",
    "/login",
    "/login/code",
    "/login/code/passkey",
    "/login/demo",
    "/login/sso",
    "/sso/<uuid:connection_id>/callback",
    "/sso/<uuid:connection_id>/logout",
    "/login/passkey",
    "/login/passkey/options",
    "/logout",
    "/preferences",
    "/register",
    "/session",
    *(f"/links/{purpose}/<token>" for purpose in ("confirm", "unsubscribe")),
    "/a/<token>",
    "/a/<token>/call",
    *(f"/links/{purpose}/<token>" for purpose in ("registration", "invitation", "password-reset")),
    "/links/not-me/<token>",
    "/links/restore-account/<token>",
    "/links/restore-organization/<token>",
    *(f"/links/{purpose}/<token>" for purpose in ("email-allow", "email-confirm")),
}
FOR_SCRIPTS = {"/live/v"}
"""What only scripts ask for: they follow no redirect, and show no page."""
FILES = {"/audit/chain.ndjson"}
"""What is downloaded, and no page."""
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


def _routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("web-"):
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            yield method, rule


def _path(rule: Rule) -> str:
    """Fill in an id that nobody has for each part of the path."""
    parts = rule.rule.split("/")
    return "/".join(str(uuid4()) if part.startswith("<") else part for part in parts)


def _send(reader: Reader, method: str, path: str) -> int:
    if method == "GET":
        return reader.send_get(path).status_code
    return reader.send(path, headers=FROM_HERE).status_code


def _guarded(app: Flask) -> Iterator[tuple[str, Rule, Permission]]:
    for method, rule in _routes(app):
        permission = permission_of(app.view_functions[rule.endpoint])
        if permission is not None:
            yield method, rule, permission


def test_only_the_listed_pages_are_open(app: Flask) -> None:
    views = app.view_functions
    opened = {rule.rule for _, rule in _routes(app) if permission_of(views[rule.endpoint]) is None}
    assert opened == OPEN


def test_who_is_not_logged_in_is_sent_to_the_login(app: Flask, nobody: Reader) -> None:
    for method, rule, _ in _guarded(app):
        wanted = 303 if method == "GET" and rule.rule not in FOR_SCRIPTS else 401
        assert _send(nobody, method, _path(rule)) == wanted, rule


def test_a_stranger_finds_nothing_and_changes_nothing(app: Flask, ada: Reader) -> None:
    for method, rule, _ in _guarded(app):
        if "<" in rule.rule:
            assert _send(ada, method, _path(rule)) in {401, 404, 422}, rule


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR, Role.OPERATOR])
def test_a_member_gets_no_further_than_the_role(app: Flask, ada: Reader, role: Role) -> None:
    join(ada.api, app, "member", role.value)
    member = Reader(app).log_in("member@example.test")
    for method, rule, permission in _guarded(app):
        if permission not in PERMISSIONS[role]:
            assert _send(member, method, _path(rule)) == 403, rule


@pytest.mark.abuse(64)
def test_every_page_keeps_other_sites_out(app: Flask, ada: Reader) -> None:
    for method, rule, _ in _guarded(app):
        if method == "POST":
            sent = ada.send(_path(rule), headers={"Sec-Fetch-Site": "cross-site"})
            assert sent.status_code == 403, rule


def test_every_page_allows_only_our_own_files_and_no_frame(app: Flask, ada: Reader) -> None:
    for method, rule, _ in _guarded(app):
        if method == "GET" and "<" not in rule.rule and rule.rule not in FOR_SCRIPTS | FILES:
            policy = ada.send_get(rule.rule).headers["Content-Security-Policy"]
            assert "unsafe" not in policy, rule
            assert "frame-ancestors 'none'" in policy, rule
            assert "trusted-types 'none'" in policy, rule
