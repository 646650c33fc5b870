"""All that a reader can open: each page with one of each thing, without anything, and after a refusal."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from flask import Flask
from werkzeug.routing import Rule

from domain.evaluation import heartbeat
from notifiers.registry import KINDS as CHANNELS
from probes.auth.registry import SCHEMES
from probes.registry import KINDS
from tests.factories.one_of_each import Ids
from tests.web.paths import filled, is_page

WORDS: Mapping[str, Sequence[str]] = {
    "/monitors/new/<kind>": ("http", heartbeat.KIND, *(each for each in KINDS if each != "http")),
    "/contacts/<uuid:contact_id>/channels/new/<kind>": tuple(CHANNELS),
    "/settings/credentials/new/<scheme>": ("oauth2", *(x for x in SCHEMES if x != "oauth2")),
}
"""The pages of which there is one for each word; the first one has the most fields."""
MORE = (
    *("/monitors?view=tiles", "/monitors?q=nothing", "/incidents?state=all", "/search?q=s"),
    *("/monitors/{monitor_id}?range=custom", "/monitors/{beat_id}", "/monitors/{beat_id}/pings"),
    *("/checks?outcome=all", "/checks?q=nothing"),
    *("/on-call/schedules/{schedule_id}?past=1", "/incidents/{ended_id}", "/deliveries?state=dead"),
)
"""Other faces of the same pages."""
OF_ANYBODY = ("/login", "/register", "/forgot")
LINKS = "/links/"
_FORM = re.compile(r"/new(/\w+)?$|/import$")
_CHOICE = re.compile(r"^/monitors/new$|/channels/new$|/credentials/new$")
"""A form for something new, and a choice of its kind, which has none."""
DRAFTS = "/monitors/test-runs/"


class Reader(StrEnum):
    NOBODY = "nobody"
    OWNER = "ada@example.test"
    NEWCOMER = "eve@example.test"
    VIEWER = "vic@example.test"


@dataclass(frozen=True, slots=True)
class Visit:
    """With `sends`, the form of the page is sent as empty as can be."""

    reader: Reader
    path: str
    status: HTTPStatus = HTTPStatus.OK
    sends: bool = False


def full(app: Flask, ids: Ids, *, every_word: bool) -> Iterator[Visit]:
    """Return each page of an organization that has one of each thing."""
    for path in (*_paths(app, ids, every_word=every_word), *(each.format(**ids) for each in MORE)):
        yield Visit(Reader.OWNER, path)


def empty(app: Flask) -> Iterator[Visit]:
    """Return each page of an organization that has nothing yet, but those where nothing is listed."""
    for path in _paths(app, {}, every_word=False):
        if "/new" not in path:
            yield Visit(Reader.NEWCOMER, path)


def open_to_anybody(links: Sequence[str]) -> Iterator[Visit]:
    for path in (*OF_ANYBODY, *links):
        yield Visit(Reader.NOBODY, path)
    yield Visit(Reader.NOBODY, f"{LINKS}confirm/mistyped", HTTPStatus.NOT_FOUND)


def refused(app: Flask, ids: Ids, *, every_word: bool) -> Iterator[Visit]:
    """Return the forms that refuse to be empty, and pages that cannot be shown."""
    yield Visit(Reader.OWNER, "/nothing/here", HTTPStatus.NOT_FOUND)
    yield Visit(Reader.VIEWER, "/monitors/new", HTTPStatus.FORBIDDEN)
    for path in _paths(app, ids, every_word=every_word):
        if _FORM.search(path) and not _CHOICE.search(path):
            yield Visit(Reader.OWNER, path, HTTPStatus.UNPROCESSABLE_ENTITY, sends=True)
    for path in OF_ANYBODY:
        is_login = path == "/login"
        status = HTTPStatus.UNAUTHORIZED if is_login else HTTPStatus.UNPROCESSABLE_ENTITY
        yield Visit(Reader.NOBODY, path, status, sends=True)


def _ids_of(rule: Rule, ids: Ids) -> Ids:
    """Return the ids by the names that they have in a path of the pages."""
    if not ids:
        return ids
    of_draft = {"test_run_id": ids["draft_id"]} if rule.rule.startswith(DRAFTS) else {}
    return {**ids, "account_id": ids["service_account_id"], **of_draft}


def _paths(app: Flask, ids: Ids, *, every_word: bool) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if not is_page(rule) or rule.rule.startswith(LINKS) or rule.rule in OF_ANYBODY:
            continue
        words = WORDS.get(rule.rule, ("",))
        for word in words if every_word else words[:1]:
            known = {**ids, "kind": word, "scheme": word} if word else _ids_of(rule, ids)
            if rule.arguments <= known.keys():
                yield filled(rule, known)
