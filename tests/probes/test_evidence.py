"""What is kept of the answer to a failed check: little, readable, and nothing secret."""

import base64
import gzip
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.auth.bearer import BearerSettings
from probes.base import Evidence
from probes.evidence import parsed_head
from tests.probes.auth.asking import authorized
from tests.probes.conftest import Prober, target
from tests.servers.site import ScriptedSite

TOKEN = "canary-token-1234567890"


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def answer(body: bytes, *headers: str, status: str = "503 Service Unavailable") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def size(evidence: Evidence) -> int:
    texts = [evidence.body, *(text for header in evidence.headers for text in header)]
    return sum(len(text.encode()) for text in texts)


def test_a_failed_check_keeps_the_headers_and_the_body(probe: Prober, site: ScriptedSite) -> None:
    site.answer = answer(b"<h1>Sorry</h1>", "Content-Type: text/html", "Retry-After: 5")
    result = probe(site.url)
    assert result.outcome is Outcome.DOWN
    assert result.evidence == Evidence(
        headers=(("Content-Length", "14"), ("Content-Type", "text/html"), ("Retry-After", "5")),
        body="<h1>Sorry</h1>",
        truncated=False,
    )


def test_headers_that_an_assertion_needed_are_kept_alike(probe: Prober, site: ScriptedSite) -> None:
    site.answer = answer(b"hello", "X-Tag: one", status="200 OK")
    unmet = {"type": "header", "name": "X-Tag", "value": "two"}
    result = probe(site.url, assertions=[unmet])
    assert result.cause is Cause.ASSERTION
    assert result.evidence == Evidence(
        headers=(("Content-Length", "5"), ("X-Tag", "one")), body="hello"
    )


def test_a_check_that_was_up_keeps_nothing(probe: Prober, site: ScriptedSite) -> None:
    assert probe(site.url).evidence is None


def test_a_site_that_did_not_answer_leaves_nothing_to_keep(probe: Prober, nobody: str) -> None:
    assert probe(nobody).evidence is None


@pytest.mark.parametrize(
    "body", [b"x y " * 300_000, "ü ".encode() * 5000, b"\x01\x1b " * 2000, b"z" * 5000]
)
def test_it_is_never_more_than_two_kibibytes(
    probe: Prober, site: ScriptedSite, body: bytes
) -> None:
    many = [f"X-Header-{number}: {'v' * 500}" for number in range(40)]
    site.answer = answer(body, *many)
    evidence = probe(site.url).evidence
    assert evidence is not None
    assert evidence.truncated
    assert 0 < size(evidence) <= 2048
    assert evidence.headers
    assert "\x1b" not in evidence.body


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a\0\0", "text/html"),
        (b"\0" * 100, "application/json"),
        (b"%PDF-1.7", "application/pdf"),
    ],
)
def test_what_is_not_text_is_not_kept(
    probe: Prober, site: ScriptedSite, body: bytes, content_type: str
) -> None:
    site.answer = answer(body, f"Content-Type: {content_type}")
    evidence = probe(site.url).evidence
    assert evidence is not None
    assert (evidence.body, evidence.truncated) == ("", True)


def test_a_packed_body_is_kept_unpacked(probe: Prober, site: ScriptedSite) -> None:
    packed = gzip.compress(b"in words " * 10)
    site.answer = answer(packed, "Content-Encoding: gzip", "Content-Type: text/plain")
    evidence = probe(site.url).evidence
    assert evidence is not None
    assert evidence.body == "in words " * 10


def test_only_the_last_answer_after_redirects_is_kept(probe: Prober, site: ScriptedSite) -> None:
    def redirect(path: str) -> bytes:
        if path == "/":
            return answer(b"first", "Location: /end", status="302 Found")
        return answer(b"last", "X-Here: yes")

    site.answer = redirect
    evidence = probe(f"{site.url}/").evidence
    assert evidence is not None
    assert evidence.body == "last"
    assert dict(evidence.headers).keys() == {"Content-Length", "X-Here"}


def test_a_secret_that_the_site_echoes_is_not_kept(probe: Prober, site: ScriptedSite) -> None:
    encoded = base64.b64encode(f"user:{TOKEN}".encode()).decode()
    echo = f"plain {TOKEN} in base64 {encoded} named api_key=visible done"
    site.answer = answer(echo.encode(), f"X-Echo: {TOKEN}", "Set-Cookie: session=visible")
    credential = Credential(
        id=1, version=1, scheme="bearer", settings=BearerSettings(token=SecretStr(TOKEN))
    )
    wanted = target(site.url, allow_plaintext_credentials=True)
    result = probe.check(authorized(wanted, credential))
    assert TOKEN in site.received[-1].decode()
    assert result.evidence is not None
    assert result.evidence.body == "plain ••• in base64 ••• named api_key=••• done"
    assert dict(result.evidence.headers)["X-Echo"] == "•••"
    assert dict(result.evidence.headers)["Set-Cookie"] == "•••"


@pytest.mark.abuse(104)
def test_of_countless_headers_the_first_of_the_last_answer_are_kept() -> None:
    many = b"HTTP/1.1 302 Found\r\nX-Old: 1\r\n\r\nHTTP/1.1 500 x\r\n" + b"X-A: b\r\n" * 9000
    assert parsed_head(many)[:2] == [("X-A", "b")] * 2
    assert len(parsed_head(many)) <= 200
    assert parsed_head(b"HTTP/1.1 500 x\r\nX-A: HTTP/2\r\n\r\n") == [("X-A", "HTTP/2")]


def test_a_secret_that_an_assertion_found_is_not_told(probe: Prober, site: ScriptedSite) -> None:
    site.answer = answer(TOKEN.encode(), status="200 OK")
    credential = Credential(
        id=1, version=1, scheme="bearer", settings=BearerSettings(token=SecretStr(TOKEN))
    )
    wanted = target(
        site.url,
        allow_plaintext_credentials=True,
        assertions=[{"type": "regex", "pattern": "canary.*", "mode": "absent"}],
    )
    result = probe.check(authorized(wanted, credential))
    assert result.detail == "Body: expected not to match canary.*, found •••."


@pytest.mark.parametrize("offset", range(2020, 4110, 95))
def test_a_secret_across_the_cut_leaves_no_beginning(
    probe: Prober, site: ScriptedSite, offset: int
) -> None:
    site.answer = answer(b". " * (offset // 2) + TOKEN.encode() + b" ." * 2000)
    credential = Credential(
        id=1, version=1, scheme="bearer", settings=BearerSettings(token=SecretStr(TOKEN))
    )
    wanted = target(site.url, allow_plaintext_credentials=True, keyword="absent")
    for each in (wanted, target(site.url, allow_plaintext_credentials=True)):
        result = probe.check(authorized(each, credential))
        assert result.evidence is not None
        assert "can" not in result.evidence.body
