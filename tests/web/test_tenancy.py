"""Every page with things of one organization: whole for its members, not there for others."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from models import Base, CheckFailure, SavedView
from tests.factories.one_of_each import Ids, one_of_each
from tests.web.reader import Reader, Seen

FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
OTHER_NAMES = {
    "account_id": "service_account_id",
    "connection_id": "sso_connection_id",
    "run_id": "test_run_id",
}
"""What a path calls by another name than the API."""
WORDS = {"kind": "http", "scheme": "bearer", "region": "default"}
"""Parts of paths that are no ids."""
OF_DRAFTS = {"/monitors/test-runs/<uuid:test_run_id>"}
"""Pages of what belongs to no monitor that is stored."""
OF_RULES = {"/contacts/<uuid:contact_id>/channels/new/<kind>": {"kind": "webhook"}}

SCRIPTS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</noscript><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/src=//evil.test/x.js></script>",
    "<SCRIPT>alert(1)</SCRIPT>",
    "<script\n>alert(1)</script\n>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    '<img src="x"onerror="alert(1)">',
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<base href=//evil.test/>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.test'>",
    "<form action=//evil.test><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='jAvAsCrIpT:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    '" onmouseover="alert(1)" x="',
    "' onmouseover='alert(1)' x='",
    "` onmouseover=alert(1) `",
    "{{ 7 * 7 }}{% for x in () %}",
    "${alert(1)}#{alert(1)}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\u202e<script>alert(1)</script>\u2066",
]
SHOWN = [
    ("api_keys", "name"),
    ("contact_groups", "name"),
    ("contacts", "name"),
    ("credentials", "name"),
    ("deliveries", "last_error"),
    ("escalation_policies", "name"),
    ("event_subscriptions", "name"),
    ("incidents", "detail"),
    ("maintenance_windows", "name"),
    ("message_templates", "text"),
    ("monitors", "name"),
    ("on_call_schedules", "name"),
    ("organizations", "name"),
    ("recipients", "name"),
    ("service_accounts", "name"),
    ("user_sessions", "agent"),
]


@pytest.fixture
def ids(ada: Reader, session: Session) -> Ids:
    found = one_of_each(ada.api, session)
    ada.fill(ada.get("/monitors"), "/monitors/views", name="Mine")
    view = session.scalars(select(SavedView)).one()
    slot = session.scalars(select(CheckFailure.slot)).one()
    return {**found, "view_id": str(view.public_id), "slot": str(slot)}


def _routes(app: Flask, wanted: str) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        # Pages of operators are 404 to everybody else (`tests/web/routes/operating`).
        is_page = rule.endpoint.startswith("web-") and not rule.endpoint.startswith("web-operating")
        # What an identity provider sends a browser to, or asks itself (`tests/api/sso`).
        is_page = is_page and not rule.rule.startswith("/sso/")
        if is_page and wanted in (rule.methods or ()):
            yield rule


def _path(rule: Rule, ids: Ids) -> str:
    """Fill in what the first organization has; whatever a path names must be known here."""
    words = {**WORDS, **OF_RULES.get(rule.rule, {})}

    def value(match: re.Match[str]) -> str:
        name = match[1].rpartition(":")[2]
        return words.get(name) or ids[OTHER_NAMES.get(name, name)]

    return re.sub(r"<([^>]+)>", value, rule.rule)


def _of_somebody(app: Flask, wanted: str) -> list[Rule]:
    return [
        rule
        for rule in _routes(app, wanted)
        if "_id>" in rule.rule and not rule.rule.startswith(("/links/", "/a/"))
    ]


def test_every_page_shows_what_there_is_to_its_owner(app: Flask, ada: Reader, ids: Ids) -> None:
    for rule in _routes(app, "GET"):
        if not rule.rule.startswith(("/links/", "/a/")) and rule.rule not in OF_DRAFTS:
            path = _path(rule, ids)
            answer = ada.send_get(path)
            assert answer.status_code in {200, 204, 303}, f"{path}: {answer.status_code}"


def test_invariant_6_a_stranger_finds_no_page_of_it(app: Flask, eve: Reader, ids: Ids) -> None:
    for rule in _of_somebody(app, "GET"):
        path = _path(rule, ids)
        assert eve.send_get(path).status_code == 404, path


def test_invariant_6_a_stranger_changes_nothing_of_it(
    app: Flask, session: Session, eve: Reader, ids: Ids
) -> None:
    before = _rows(session)
    for rule in _of_somebody(app, "POST"):
        path = _path(rule, ids)
        assert eve.send(path, headers=FROM_HERE).status_code in {401, 404, 422}, path
    assert _rows(session) == before


def _rows(session: Session) -> dict[str, Any]:
    """Count the rows of each table, but for what every request of anybody may write."""
    return {
        name: session.scalar(select(func.count()).select_from(table))
        for name, table in Base.metadata.tables.items()
        if name not in {"user_sessions", "idempotency_usage"}
    }


def test_whatever_is_stored_is_text_on_every_page(
    app: Flask, session: Session, ada: Reader, ids: Ids
) -> None:
    stored = " ".join(SCRIPTS)
    for table, column in SHOWN:
        session.execute(text(f"UPDATE {table} SET {column} = :text"), {"text": stored})
    session.execute(text("UPDATE monitors SET tags = ARRAY[:text]"), {"text": stored})
    session.commit()
    shown = 0
    for rule in _routes(app, "GET"):
        if rule.rule.startswith(("/links/", "/a/")) or rule.rule == "/logout":
            continue
        answer = ada.send_get(_path(rule, ids))
        if answer.mimetype == "text/html" and answer.status_code == 200:
            seen = Seen(answer)
            shown += "alert(1)" in seen.text
            assert list(_harmful(seen)) == [], rule.rule
    assert shown > 20


def _harmful(seen: Seen) -> Iterator[str]:
    for element in seen.select("*"):
        yield from _wrong_with(element)


def _wrong_with(element: Tag) -> Iterator[str]:
    name = element.name
    if name in {"iframe", "object", "embed", "base", "style", "math", "marquee"}:
        yield name
    if name == "script" and not str(element.get("src", "")).startswith("/static/"):
        yield str(element)[:200]
    for attribute, value in element.attrs.items():
        if attribute.startswith("on"):
            yield f"{name} {attribute}"
        leads = str(value).strip().lower() if attribute in _LEADING else ""
        if re.sub(r"\s", "", leads).startswith(("javascript:", "data:", "//evil")):
            yield f"{name} {attribute}={value}"


_LEADING = {"href", "src", "action", "formaction", "data", "xlink:href", "content"}
