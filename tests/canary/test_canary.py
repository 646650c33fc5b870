"""Invariant 7 over everything that a running system leaves behind: no secret of anybody is in any of it."""

import pytest

from notifiers.registry import KINDS as CHANNELS
from probes.auth.registry import SCHEMES
from tests.canary import planting
from tests.canary.conftest import Run

pytestmark = pytest.mark.stack

KINDS = (
    "logs",
    "statements",
    "database",
    "redis",
    "command lines",
    "environments",
    "flower",
    "answers",
    "messages",
)
_BY_DESIGN = {
    # Members see the address of a job whenever they look at it.
    "answers": ("ping",),
    "database": ("hash",),
    "statements": ("hash",),
    # What a process needs to know, and what a message is there to bring.
    "environments": ("own", "operator"),
    "messages": ("link", "channel", "subscription", "invitation", "operator"),
}


@pytest.mark.abuse(43)
@pytest.mark.parametrize("kind", KINDS)
def test_invariant_7_nothing_is_found_but_what_was_planted(run: Run, kind: str) -> None:
    wanted = run.kept.without(*_BY_DESIGN.get(kind, ()))
    wanted.add(planting.NAME, run.planted)
    found = wanted.found_in(run.left[kind])
    assert {name for name, _ in found} == {planting.NAME}, sorted(found)


def test_every_scheme_and_kind_has_a_marked_secret(run: Run) -> None:
    named = {tuple(name.partition(".")[0].split()[-2:]) for name in run.kept.names()}
    without_any = {"ca_bundle", "email", "sms", "voice"}
    wanted = {("credential", scheme) for scheme in SCHEMES} | {
        ("broken", kind) for kind in CHANNELS
    }
    assert {pair for pair in wanted - named if pair[1] not in without_any} == set()


def test_the_secrets_were_in_use(run: Run) -> None:
    """Who may know them was sent them, though some schemes prove that they have one without saying it."""
    heard = {name.partition(".")[0] for name, _ in run.kept.found_in(run.heard)}
    notified = {
        "api_key",
        "basic",
        "bearer",
        "cloudflare_access",
        "headers",
        "json_login",
        "oauth2",
    }
    assert {f"credential {scheme}" for scheme in notified} <= heard
    posting = CHANNELS.keys() - {"email", "sms", "voice", "webhook"}
    assert {f"channel broken {kind}" for kind in posting} <= heard
