"""Abuse 21 and 22: nothing that a user or a site says ends a line of a request, or frames it anew."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import AuthorizationError
from probes.auth.registry import SCHEMES
from probes.exchange import Request, Response
from probes.http_headers import checked_headers
from probes.kinds.http_settings import HttpSettings
from probes.registry import KINDS
from tests.abuse.looking import KINDS_LED
from tests.abuse.schemes import GOOD, Path, held, spoiled, texts
from tests.probes.auth.asking import check, conversation, credential, request
from tests.probes.auth.token_endpoint import issuing
from tests.probes.conftest import Prober
from tests.servers.site import ScriptedSite

EVIL = "\r\nX-Evil: 1"
BREAKS = (EVIL, "\r", "\n", "\0", "\nHost: evil.example\n\n")
FORBIDDEN = (
    "Host",
    "host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Expect",
    "Upgrade",
    "TE",  # codespell:ignore te - a header of HTTP
    "Trailer",
    "Keep-Alive",
    "HTTP2-Settings",
    "Proxy-Authorization",
    "proxy-connection",
    ":authority",
    "X Evil",
    "X-Evil:",
    "X-Ev\u0131l",
    "",
)
_LINE_BREAK = re.compile(r"[\r\n\0]")


def assert_whole(asked: Request) -> None:
    """Prove that each part of a request stays in its line."""
    for text in (asked.method, asked.url.text, *(each for pair in asked.headers for each in pair)):
        assert not _LINE_BREAK.search(text), text


def test_every_scheme_is_tried_here() -> None:
    assert GOOD.keys() == SCHEMES.keys()
    for scheme in SCHEMES:
        held(scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_abuse_21_no_field_of_a_scheme_ends_a_line(scheme: str) -> None:
    refused = 0
    for path in [path for name, path in texts() if name == scheme]:
        for spoil in BREAKS:
            refused += _is_refused_or_harmless(scheme, path, spoil)
    assert refused or scheme == "ca_bundle"


def _is_refused_or_harmless(scheme: str, path: Path, spoil: str) -> bool:
    """Tell whether it was refused; if it was taken, prove that it is not sent as a line."""
    try:
        spoilt = credential(scheme, spoiled(scheme, path, spoil))
    except ValidationError:
        return True
    if SCHEMES[scheme].transport or scheme == "negotiate":
        assert "key" in path or "certificate" in path or "certificates" in path, path
        return False
    try:
        asked, _ = conversation(spoilt, request(), issuing(access_token="t"))
    except AuthorizationError:
        return False
    for each in asked:
        assert_whole(each)
    return False


@pytest.mark.parametrize("spoil", BREAKS)
@pytest.mark.parametrize("kind", KINDS_LED)
def test_abuse_21_no_address_ends_a_line(kind: str, spoil: str) -> None:
    scheme = {"websocket": "ws", "multistep": "http"}.get(kind, kind)
    for url in (
        f"{scheme}://shop.example{spoil}:8080",
        f"{scheme}://shop{spoil}.example:8080/",
        f"{scheme}://shop.example:8080/{spoil}",
        f"{scheme}://shop.example:8080/?a={spoil}",
        f"{scheme}://shop.example:80{spoil}80",
        f"{scheme}{spoil}://shop.example:8080",
    ):
        with pytest.raises(ValueError, match=r"\.$"):
            KINDS[kind].validate_url(url)


@pytest.mark.parametrize("spoil", BREAKS)
def test_abuse_21_no_setting_ends_a_line(spoil: str) -> None:
    for settings in (
        {"headers": {f"X-Name{spoil}": "v"}},
        {"headers": {"X-Name": f"v{spoil}"}},
        {"method": f"GET{spoil}"},
        {"http_version": f"1.1{spoil}"},
    ):
        with pytest.raises(ValidationError):
            HttpSettings.model_validate(settings)
    for kind, settings in (
        ("websocket", {"subprotocol": f"chat{spoil}"}),
        ("dns", {"server": f"192.0.2.1{spoil}"}),
        ("rdap", {"base_url": f"https://rdap.example/{spoil}/"}),
        ("tls", {"host_name": f"shop.example{spoil}"}),
    ):
        with pytest.raises(ValidationError):
            KINDS[kind].settings.model_validate(settings)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=3))
def test_abuse_21_whatever_headers_are_taken_stay_in_their_lines(headers: dict[str, str]) -> None:
    try:
        taken = checked_headers(headers)
    except ValueError:
        return
    for name, value in taken.items():
        assert re.fullmatch(r"[!-~]+", name)
        assert ":" not in name
        assert not _LINE_BREAK.search(value)


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


def header_lines(asked: bytes) -> list[bytes]:
    head, _, _ = asked.partition(b"\r\n\r\n")
    return head.split(b"\r\n")


@pytest.mark.parametrize(
    "escaped",
    ["%0d%0aX-Evil:%201", "%0aX-Evil: 1", "\u010d\u010aX-Evil: 1", "%E5%98%8D%E5%98%8AX-Evil: 1"],
)
def test_abuse_21_what_looks_like_a_line_break_is_sent_as_it_is_written(
    probe: Prober, site: ScriptedSite, escaped: str
) -> None:
    url = f"{site.url}/{escaped}?q={escaped}".replace(" ", "%20")
    probe(url)
    probe(url, headers={"X-Given": escaped})
    assert site.count == 2
    for asked in site.received:
        assert not any(line.lower().startswith(b"x-evil") for line in header_lines(asked))
        assert asked.count(b"\n") == asked.count(b"\r\n") == len(header_lines(asked)) + 1


def answer_with(line: str, status: int = 401) -> bytes:
    return f"HTTP/1.1 {status} No\r\n{line}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("spoil", ["\r", "\0", "\n ", "\x0b", "%0d%0a", "\u010d\u010a"])
@pytest.mark.parametrize(
    ("scheme", "line", "status"),
    [
        ("digest", 'WWW-Authenticate: Digest realm="r{}X-Evil: 1", nonce="n", qop="auth"', 401),
        ("digest", 'WWW-Authenticate: Digest realm="r", nonce="n{}X-Evil: 1", qop="auth"', 401),
        ("digest", 'WWW-Authenticate: Digest realm="r", nonce="n", opaque="{}X-Evil: 1"', 401),
        ("basic", "Location: /there{}X-Evil: 1", 302),
        ("basic", "Set-Cookie: a=b{}X-Evil: 1", 302),
        ("ntlm", "WWW-Authenticate: NTLM TlRM{}X-Evil: 1", 401),
    ],
)
def test_abuse_21_no_answer_of_a_site_ends_a_line_of_the_next_request(
    probe: Prober, site: ScriptedSite, spoil: str, scheme: str, line: str, status: int
) -> None:
    site.answer = answer_with(line.format(spoil), status)
    check(probe, site.url, held(scheme))
    assert site.count >= 1
    for asked in site.received:
        lines = header_lines(asked)
        assert not any(each.lower().startswith(b"x-evil") for each in lines)
        assert asked.count(b"\n") == asked.count(b"\r") == len(lines) + 1
        assert b"\0" not in asked


@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize(
    ("scheme", "field"),
    [
        ("api_key", "name"),
        ("form_login", "csrf_header"),
        ("hmac", "header"),
        ("hmac", "nonce_header"),
        ("hmac", "timestamp_header"),
        ("json_login", "header"),
        ("jwt", "header"),
    ],
)
def test_abuse_22_a_header_that_frames_a_message_is_no_place_for_a_credential(
    scheme: str, field: str, name: str
) -> None:
    with pytest.raises(ValidationError):
        held(scheme, **{field: name})


@pytest.mark.parametrize("name", FORBIDDEN)
def test_abuse_22_a_header_that_frames_a_message_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        HttpSettings(headers={name: "x"})
    with pytest.raises(ValidationError):
        held("headers", headers=[{"name": name, "value": "x"}])


def test_abuse_22_there_is_one_host_and_one_length_in_what_is_sent(
    probe: Prober, site: ScriptedSite
) -> None:
    result = check(
        probe, site.url, *map(held, ("api_key", "hmac", "jwt", "basic")), method="POST", body="abc"
    )
    assert (result.outcome, result.cause) == (Outcome.UP, Cause.NONE)
    names = [line.partition(b":")[0].lower() for line in header_lines(site.received[0])[1:]]
    assert len(names) == len(set(names))
    assert {b"host", b"content-length"} <= set(names)
    assert not {b"transfer-encoding", b"expect", b"connection"} & set(names)


def test_abuse_21_an_answer_of_a_token_endpoint_ends_no_line() -> None:
    for token in ("t\r\nX-Evil: 1", "t\n", "t\0", "t\r"):
        with pytest.raises(AuthorizationError, match="does not fit into a header"):
            conversation(held("oauth2"), request(), issuing(access_token=token))
    asked, last = conversation(held("oauth2"), request(), lambda _: _good())
    assert last.status == 200
    assert len(asked) == 2


def _good() -> Response:
    return Response(status=200, body=b'{"access_token": "t"}')
