"""Signatures by template, by the examples that sites publish."""

import hashlib
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Outcome
from probes.auth.hmac import HmacSettings, signed
from tests.probes.auth.asking import check, credential, header, request, sent
from tests.probes.conftest import Prober

NOW = datetime(2026, 11, 24, 8, 12, 5, tzinfo=UTC)


def settings(**fields: object) -> HmacSettings:
    return HmacSettings.model_validate({"key": "It's a Secret to Everybody"} | fields)


def test_the_example_of_github() -> None:
    asked = signed(
        settings(message="{body}", header="X-Hub-Signature-256", value="sha256={signature}"),
        request(method="POST", body=b"Hello, World!"),
        now=NOW,
        nonce="n",
    )
    assert header(asked, "X-Hub-Signature-256") == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )


def test_the_example_of_binance() -> None:
    query = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
        "&recvWindow=5000&timestamp=1499827319559"
    )
    key = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    asked = signed(
        settings(key=key, message="{query}"),
        request(f"https://api.binance.com/api/v3/order?{query}"),
        now=NOW,
        nonce="n",
    )
    assert header(asked, "X-Signature") == (
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{method} {target}", "POST /a%20b/c?d=e"),
        ("{path}|{query}", "/a%20b/c|d=e"),
        ("{scheme}://{host}", "https://a.example:8443"),
        ("{url}", "https://a.example:8443/a%20b/c?d=e"),
        ("{timestamp}.{nonce}.{key_id}", "1795507925.n.id"),
        ("{body}", "{method}"),
        ("{body_sha256}", hashlib.sha256(b"{method}").hexdigest()),
        ("{body_sha512}", hashlib.sha512(b"{method}").hexdigest()),
    ],
)
def test_each_placeholder_stands_for_what_is_sent(template: str, expected: str) -> None:
    asked = request("https://a.example:8443/a%20b/c?d=e", method="POST", body=b"{method}")
    by_template = signed(settings(message=template, key_id="id"), asked, now=NOW, nonce="n")
    by_text = signed(settings(message="{body}"), request(body=expected.encode()), now=NOW, nonce="")
    assert header(by_template, "X-Signature") == header(by_text, "X-Signature")


@pytest.mark.parametrize(
    ("how", "written"),
    [("unix", "1795507925"), ("unix_ms", "1795507925000"), ("iso8601", "2026-11-24T08:12:05Z")],
)
def test_the_time_is_written_and_sent_as_the_site_wants_it(how: str, written: str) -> None:
    asked = signed(
        settings(
            timestamp=how,
            timestamp_header="X-Time",
            nonce_header="X-Nonce",
            key_id="id",
            value="id={key_id},ts={timestamp},sig={signature}",
        ),
        request(),
        now=NOW,
        nonce="n0",
    )
    assert header(asked, "X-Time") == written
    assert header(asked, "X-Nonce") == "n0"
    assert header(asked, "X-Signature").startswith(f"id=id,ts={written},sig=")


@pytest.mark.parametrize(("encoding", "length"), [("hex", 128), ("base64", 88), ("base64url", 86)])
def test_the_signature_is_written_as_the_site_wants_it(encoding: str, length: int) -> None:
    asked = signed(settings(encoding=encoding, algorithm="sha512"), request(), now=NOW, nonce="n")
    assert len(header(asked, "X-Signature")) == length


def test_a_key_may_be_given_in_hex_or_base64() -> None:
    values = {
        header(
            signed(settings(key=key, key_encoding=how), request(), now=NOW, nonce="n"),
            "X-Signature",
        )
        for key, how in (("key", "text"), ("6b6579", "hex"), ("a2V5", "base64"))
    }
    assert len(values) == 1


def test_each_request_is_signed_anew(probe: Prober, httpbin: str) -> None:
    held = credential("hmac", {"key": "k", "message": "{nonce}", "nonce_header": "X-Nonce"})
    assert check(probe, f"{httpbin}/headers", held, keyword='"X-Signature"').outcome is Outcome.UP
    assert len({header(sent(held, request()), "X-Signature") for _ in range(3)}) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"message": "{key}"},
        pytest.param({"message": "{body}{body}"}, marks=pytest.mark.abuse(105)),
        pytest.param({"message": "{url}" * 51}, marks=pytest.mark.abuse(105)),
        {"message": "{body.__class__}"},
        {"message": "{0}"},
        {"message": "{{method}}"},
        {"message": "{method"},
        {"message": "method}"},
        {"message": "a\rb"},
        {"message": ""},
        {"value": "{signature}\r\nX: y"},
        {"value": "{timestamp}"},
        {"value": "{signature}{body}"},
        {"header": "Host"},
        {"header": "X Y"},
        {"timestamp_header": "Content-Length"},
        {"key": "xyz", "key_encoding": "hex"},
        {"key": "!!!", "key_encoding": "base64"},
        {"key": ""},
        {"key_id": "a\nb"},
        {"algorithm": "md5"},
    ],
)
def test_a_template_that_is_not_understood_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**fields)
    assert "Everybody" not in str(refused.value)
