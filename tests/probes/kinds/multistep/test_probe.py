"""Multistep checks of an application: log in, read a token, create, read back, delete."""

import json
from collections.abc import Iterator
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult, Target
from probes.credential import Credential
from probes.engine.one_off_check import as_json, check_once
from security.egress.guard import EgressPolicy
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober, target
from tests.servers.certificates import Certificates
from tests.servers.items import PASSWORD, SESSION, TOKEN, USER, Items, items
from tests.servers.site import Late, ScriptedSite

ANY = EgressPolicy(mode="any")
BEARER = {"Authorization": "Bearer {{granted}}"}


@pytest.fixture(scope="module")
def application() -> Iterator[Items]:
    with items() as state:
        yield state


@pytest.fixture
def app(application: Items) -> Items:
    application.there.clear()
    application.asked.clear()
    application.forbids_creation = False
    return application


def five_steps() -> list[dict[str, Any]]:
    return [
        {
            "name": "log in",
            "method": "POST",
            "url": "/session",
            "body_type": "json",
            "body": '{"user": "{{credential.username}}", "password": "{{credential.password}}"}',
            "extractions": [
                {"type": "json_path", "name": "granted", "path": "$.granted.value", "secret": True},
                {"type": "cookie", "name": "sid", "cookie": "sid"},
            ],
        },
        {
            "name": "read a token",
            "url": "/form",
            "extractions": [
                {"type": "regex", "name": "csrf", "pattern": 'name="csrf" value="([^"]+)"'}
            ],
        },
        {
            "name": "create",
            "method": "POST",
            "url": "/items",
            "headers": BEARER,
            "body_type": "json",
            "body": '{"title": "{{csrf}} {{uuid}}"}',
            "expected_status": ["201"],
            "extractions": [
                {"type": "header", "name": "place", "header": "Location"},
                {"type": "json_path", "name": "id", "path": "$.id"},
            ],
        },
        {
            "name": "read back",
            "url": "{{place}}",
            "headers": BEARER,
            "assertions": [
                {"type": "json_path", "path": "$.title", "comparison": "contains", "value": "é"}
            ],
        },
        {"name": "delete", "method": "DELETE", "url": "/items/{{id}}", "headers": BEARER},
    ]


def changed(number: int, **values: object) -> list[dict[str, Any]]:
    steps = five_steps()
    steps[number - 1] |= values
    return steps


def login(app: Items, **fields: str) -> Credential:
    held = credential("basic", {"username": USER, "password": PASSWORD, **fields})
    return replace(held, origins=frozenset({app.url}))


def wanted(app: Items, steps: list[dict[str, Any]], held: Credential | None = None) -> Target:
    check = target(f"{app.url}/", kind="multistep", steps=steps, allow_plaintext_credentials=True)
    return replace(check, credentials=(held or login(app),))


def test_five_steps_carry_a_token_a_cookie_and_an_id(app: Items, probe: Prober) -> None:
    result = probe.check(wanted(app, five_steps()))
    assert (result.outcome, result.cause, result.detail) == (Outcome.UP, Cause.NONE, "")
    assert app.asked == [
        "POST /session",
        "GET /form",
        "POST /items",
        f"GET /items/{app.next_id}",
        f"DELETE /items/{app.next_id}",
    ]
    assert app.there == {}
    assert result.http_status == 204


WRONG: dict[int, tuple[dict[str, Any], Cause, str, int]] = {
    1: (
        {"body": '{"user": "{{credential.username}}", "password": "wrong"}'},
        Cause.AUTHORIZATION,
        "Step 1 “log in”: The site refused the credential: 401 Unauthorized.",
        1,
    ),
    2: (
        {"extractions": [{"type": "regex", "name": "csrf", "pattern": "no(such)"}]},
        Cause.ANSWER,
        "Step 2 “read a token”: The value csrf was not found: the regular expression does not",
        2,
    ),
    3: (
        {"headers": {}},
        Cause.STATUS,
        "Step 3 “create”: Answered 403 Forbidden, expected 201.",
        3,
    ),
    4: (
        {"assertions": [{"type": "json_path", "path": "$.id", "value": 1}]},
        Cause.ASSERTION,
        "Step 4 “read back”: JSON $.id: expected to be 1, found ",
        4,
    ),
    5: (
        {"url": "/items/0{{id}}0"},
        Cause.STATUS,
        "Step 5 “delete”: Answered 404 Not Found, expected 200-299.",
        5,
    ),
}


@pytest.mark.parametrize("number", WRONG)
def test_the_step_that_fails_is_named_and_ends_the_check(
    app: Items, probe: Prober, number: int
) -> None:
    values, cause, detail, requests = WRONG[number]
    result = probe.check(wanted(app, changed(number, **values)))
    assert (result.outcome, result.cause) == (Outcome.DOWN, cause)
    assert result.detail.startswith(detail)
    assert len(app.asked) == requests
    assert result.evidence


@pytest.mark.parametrize("number", [None, *WRONG])
def test_invariant_7_a_report_names_every_step_and_shows_no_secret(
    app: Items, number: int | None
) -> None:
    steps = changed(number, **WRONG[number][0]) if number else five_steps()
    report = as_json(check_once(wanted(app, steps), ANY))
    shown = json.dumps(report, ensure_ascii=False)
    assert [(each["step"], each["step_name"]) for each in report["steps"]] == [
        (index, step["name"]) for index, step in enumerate(steps[: number or 5], 1)
    ]
    assert report["timings"]["total"] >= max(each["timings"]["total"] for each in report["steps"])
    for secret in (TOKEN, SESSION, PASSWORD, "horse", "tk%2F9f2c"):
        assert secret not in shown


def test_an_answer_that_repeats_a_secret_value_is_masked(app: Items, probe: Prober) -> None:
    app.forbids_creation = True
    result = probe.check(wanted(app, five_steps()))
    assert result.detail == "Step 3 “create”: Answered 403 Forbidden, expected 201."
    assert result.evidence
    assert "Not you" in result.evidence.body
    assert TOKEN not in result.evidence.body


def test_the_answer_of_a_failed_step_hides_the_values_that_it_would_extract(
    app: Items, probe: Prober
) -> None:
    result = probe.check(wanted(app, changed(1, expected_status=["201"])))
    assert result.evidence
    assert "granted" in result.evidence.body
    assert TOKEN not in repr(result)


def test_a_password_goes_only_to_the_origins_of_its_credential(app: Items, probe: Prober) -> None:
    elsewhere = replace(login(app), origins=frozenset({"https://shop.example"}))
    result = probe.check(wanted(app, five_steps(), elsewhere))
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert result.detail.startswith("Step 1 “log in”: A credential of this monitor may not be sent")
    assert app.asked == []


def test_a_password_is_not_sent_in_the_clear_unless_that_is_allowed(
    app: Items, probe: Prober
) -> None:
    check = replace(target(f"{app.url}/", kind="multistep", steps=five_steps()))
    result = probe.check(replace(check, credentials=(login(app),)))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert app.asked == []


def test_a_login_that_was_refused_twice_is_not_tried_by_every_check(
    app: Items, probe: Prober
) -> None:
    check = wanted(app, five_steps(), login(app, password="wrong"))
    details = [probe.check(check).detail for _ in range(4)]
    refused = "Step 1 “log in”: The site refused the credential: 401 Unauthorized."
    assert app.asked == ["POST /session"] * 2
    assert details[:2] == [refused] * 2
    rests = "To avoid locking the account, only some checks try it again."
    assert details[2:] == [f"{refused} {rests}"] * 2


def test_a_value_that_is_missing_at_the_time_is_named(app: Items, probe: Prober) -> None:
    check = replace(wanted(app, five_steps()), credentials=())
    result = probe.check(check)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail == "Step 1 “log in”: The value credential.password is missing."


def test_a_failed_answer_outside_of_a_step_says_what_failed(probe: Prober, nobody: str) -> None:
    result = probe.check(target(f"{nobody}/", kind="multistep", steps=[{"name": "knock"}]))
    assert result.outcome is Outcome.DOWN
    assert result.detail.startswith("Step 1 “knock”: Connection refused on port ")


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def saying(*headers: str, body: str = "", status: str = "200 OK") -> bytes:
    content = body.encode()
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}", "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def extracting(**source: object) -> dict[str, Any]:
    return {"extractions": [{"name": "found", **source}]}


HEADER = extracting(type="header", header="X-Next")


def ran(probe: Prober, site: ScriptedSite, *steps: dict[str, Any], **values: Any) -> ProbeResult:  # noqa: ANN401 - those of a target
    check = target(f"{site.url}/", kind="multistep", steps=list(steps))
    return probe.check(replace(check, **values))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "Step 1: The value found is empty."),
        ("v" * 9000, "Step 1: The value found is larger than 8 KiB."),
        ("//evil.example/", "Step 2: The value found is neither a URL nor a path."),
        ("mailto:a@b.example", "Step 2: The value found is neither a URL nor a path."),
        ("/" + "x" * 8180, "Step 2: A value makes the URL invalid, or too long."),
        ("https://evil.example/", "Step 2: A value leads to a site that no step names."),
        ("http://a@127.0.0.1/", "Step 2: A value makes the URL invalid, or too long."),
    ],
)
def test_a_value_of_the_site_cannot_lead_elsewhere(
    probe: Prober, site: ScriptedSite, value: str, problem: str
) -> None:
    site.answer = saying(f"X-Next: {value}")
    result = ran(probe, site, HEADER, {"url": "{{found}}"})
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail.startswith(problem)


@pytest.mark.parametrize(
    ("body", "step"),
    [
        ('{"v": ".."}', {"url": "/items/{{found}}"}),
        ('{"v": "a\\r\\nX-Evil: 1"}', {"headers": {"X-Value": "{{found}}"}}),
        (
            '{"v": "\\u0000"}',
            {"method": "POST", "body_type": "xml", "body": "<a>{{found}}</a>"},
        ),
    ],
)
def test_a_value_that_does_not_fit_is_not_sent(
    probe: Prober, site: ScriptedSite, body: str, step: dict[str, Any]
) -> None:
    site.answer = saying(body=body)
    result = ran(probe, site, extracting(type="json_path", path="$.v"), step)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail.startswith("Step 2: A value ")
    assert site.count == 1


@pytest.mark.parametrize(
    ("source", "body", "problem"),
    [
        (
            {"type": "json_path", "path": "$.v"},
            "<html>",
            "was not found: the answer is not JSON of",
        ),
        ({"type": "json_path", "path": "$.v"}, '{"w": 1}', "was not found at its JSON path."),
        ({"type": "json_path", "path": "$.v"}, '{"v": null}', "was not found at its JSON path."),
        ({"type": "json_path", "path": "$.v"}, '{"v": [1]}', "is no single value."),
        ({"type": "json_path", "path": "$.v"}, '{"v": 1e999}', "is no single value."),
        ({"type": "json_path", "path": "$.v"}, '{"v": "\\ud800"}', "is not valid text."),
        ({"type": "cookie", "cookie": "sid"}, "", "was not found: there is no such cookie."),
        ({"type": "header", "header": "X-No"}, "", "was not found: there is no such header."),
        ({"type": "regex", "pattern": "(a*)"}, "b", "is empty."),
        ({"type": "regex", "pattern": "(a+)b"}, "a" * 5000 + "b", "has a match of more than 4,096"),
    ],
)
def test_a_value_that_cannot_be_extracted_is_named(
    probe: Prober, site: ScriptedSite, source: dict[str, Any], body: str, problem: str
) -> None:
    site.answer = saying(body=body)
    result = ran(probe, site, extracting(**source), {})
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail.startswith(f"Step 1: The value found {problem}")
    assert site.count == 1


def test_a_credential_goes_to_each_of_its_origins_and_to_no_other(
    probe: Prober, site: ScriptedSite
) -> None:
    held = credential("bearer", {"token": "key-1234567890"})
    with ScriptedSite() as second, ScriptedSite() as third:
        held = replace(held, origins=frozenset({site.url, second.url}))
        check = target(
            f"{site.url}/",
            kind="multistep",
            allow_plaintext_credentials=True,
            steps=[
                {"url": "/a"},
                {"url": f"{second.url}/b"},
                {"url": f"{third.url}/c"},
                {"url": "/d", "send_credentials": False},
            ],
        )
        result = probe.check(replace(check, credentials=(held,)))
        assert result.outcome is Outcome.UP
        received = [*site.received, *second.received, *third.received]
    sent = {each.split()[1]: b"key-1234567890" in each for each in received}
    assert sent == {b"/a": True, b"/d": False, b"/b": True, b"/c": False}


def test_what_an_authorized_answer_repeats_goes_to_no_other_site(
    probe: Prober, site: ScriptedSite
) -> None:
    held = replace(credential("bearer", {"token": "key-1234567890"}), origins=frozenset({site.url}))
    site.answer = saying("X-Next: key-1234567890")
    with ScriptedSite() as evil:
        check = target(
            f"{site.url}/",
            kind="multistep",
            allow_plaintext_credentials=True,
            steps=[{}, HEADER | {"send_credentials": False}, {"url": f"{evil.url}/{{{{found}}}}"}],
        )
        result = probe.check(replace(check, credentials=(held,)))
        assert evil.count == 0
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert result.detail.startswith("Step 3: A credential of this monitor may not be sent")


@pytest.mark.abuse(104)
@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ({"type": "json_path", "path": "$.code"}, ""),
        ({"type": "regex", "pattern": '"code": "([0-9a-z-]+)'}, '{"code": "•••", "m'),
    ],
)
def test_an_answer_that_is_cut_off_shows_no_secret_value(
    probe: Prober, site: ScriptedSite, source: dict[str, Any], shown: str
) -> None:
    body = b'{"code": "of-the-day-8812", "m'
    site.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + body
    result = ran(probe, site, extracting(**source, secret=True))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.CLOSED)
    assert result.evidence
    assert result.evidence.body == shown
    plain = ran(probe, site, extracting(**source))
    assert plain.evidence
    assert "of-the-day" in plain.evidence.body


@pytest.mark.abuse(10)
def test_no_redirect_carries_what_an_authorized_answer_repeats_to_another_site(
    probe: Prober, site: ScriptedSite
) -> None:
    """An open redirect of the site is enough: its address says where to, and with which value."""
    held = replace(credential("bearer", {"token": "key-1234567890"}), origins=frozenset({site.url}))
    with ScriptedSite() as evil:
        places = {"/": "X-Next: key/1234567890"}
        site.answer = lambda path: (
            saying(places[path])
            if path in places
            else saying(f"Location: {evil.url}{path}", status="302 Found")
        )
        leading = [HEADER, {"url": "/out?to={{found}}"}]
        check = target(
            f"{site.url}/", kind="multistep", allow_plaintext_credentials=True, steps=leading
        )
        result = probe.check(replace(check, credentials=(held,)))
        assert evil.count == 0
        assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
        without_login = [HEADER, {"url": "/out?to={{found}}"}]
        assert ran(probe, site, *without_login).outcome is Outcome.UP
        assert evil.count == 1


@pytest.mark.abuse(11)
def test_the_cookie_of_a_login_is_not_sent_in_the_clear_unless_that_is_allowed(
    probe: Prober, site: ScriptedSite, certificates: Certificates
) -> None:
    """A cookie belongs to a host whatever the port, and not every site marks it as secure."""
    held = credential("bearer", {"token": "key-1234567890"})
    with ScriptedSite(tls=certificates.valid()) as safe:
        safe.answer = saying("Set-Cookie: sid=of-the-login")
        held = replace(held, origins=frozenset({safe.url}))
        for is_allowed in (False, True):
            check = target(
                f"{safe.url}/",
                kind="multistep",
                allow_plaintext_credentials=is_allowed,
                verify_tls=False,
                steps=[{}, {"url": f"{site.url}/plain"}],
            )
            assert probe.check(replace(check, credentials=(held,))).outcome is Outcome.UP
    assert [b"of-the-login" in each for each in site.received] == [False, True]


def test_a_degraded_step_does_not_end_the_check_and_a_slow_check_is_degraded(
    probe: Prober, site: ScriptedSite
) -> None:
    size = {"type": "body_size", "comparison": "<", "value": 1, "outcome": "degraded"}
    result = ran(probe, site, {"name": "a", "assertions": [size]}, {})
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.ASSERTION)
    assert result.detail.startswith("Step 1 “a”: Body size: expected to be less than 1 bytes")
    assert site.count == 2
    result = ran(probe, site, {}, {}, latency_threshold_ms=-1)
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.SLOW)
    assert result.detail.startswith("All steps took ")


def test_one_timeout_covers_all_steps(probe: Prober, site: ScriptedSite) -> None:
    site.answer = lambda path: Late(200, seconds=0.3) if path == "/" else Late(200, seconds=inf)
    result = ran(probe, site, {"name": "a"}, {"name": "b", "url": "/b"}, timeout_seconds=1)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)
    assert result.detail == "Step 2 “b”: No complete answer within 1 s."
    assert result.timings.total >= 900_000


def test_redirects_within_a_step_are_bounded_and_keep_their_cookies(
    probe: Prober, site: ScriptedSite
) -> None:
    site.answer = lambda path: (
        saying("Location: /b", "Set-Cookie: sid=abc", status="302 Found") if path == "/" else 200
    )
    assert ran(probe, site, {}, {"url": "/c"}).outcome is Outcome.UP
    assert [b"Cookie: sid=abc" in each for each in site.received] == [False, True, True]
    site.answer = saying("Location: /", status="302 Found")
    result = ran(probe, site, {"max_redirects": 2}, {})
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.REDIRECT)
    assert result.detail == "Step 1: Redirected more than 2 times."


def test_the_egress_policy_holds_for_each_step(site: ScriptedSite) -> None:
    steps = [{"name": "in"}]
    check = target(f"{site.url}/", kind="multistep", steps=steps)
    result = check_once(check, EgressPolicy()).result
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert result.detail.startswith("Step 1 “in”: This service may not connect")
    assert site.count == 0
