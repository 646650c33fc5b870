"""Texts through a gateway that the operator describes: nothing that is filled in leaves its place."""

import json
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from notifiers.base import Destination, NotifierError
from notifiers.registry import make
from notifiers.texts import sms
from tests.notifiers.alerts import OUTAGE_KEY, outage
from tests.notifiers.gateway import Gateway, content, head, http
from tests.notifiers.settings import settings

ANN = Destination("+4915112345678")
OK = http("200 OK", '{"status": "queued", "id": 7}')
EVIL = '"}, {"to": "+1&<x> \\ {token} {to}'


def send(answer: bytes, *, path: str = "/send", name: str = "Shop", **more: str) -> bytes:
    with Gateway(answer) as gateway:
        described = settings(
            sms_gateway="http",
            sms_gateway_url=f"{gateway.url}{path}",
            sms_account="me",
            sms_token="s3cret",
            sms_sender="Downtime",
            **{f"sms_http_{key}": value for key, value in more.items()},
        )
        sms.from_settings(described).send(ANN, outage(name=name))
    return gateway.requests[0]


def test_a_form_is_filled_in() -> None:
    request = send(OK, body="to={to}&from={from}&text={text}&ref={key}", name=EVIL)
    form = parse_qs(request.partition(b"\r\n\r\n")[2].decode(), strict_parsing=True)
    assert (form["to"], form["from"]) == (["+4915112345678"], ["Downtime"])
    assert form["ref"] == [OUTAGE_KEY]
    assert form["text"][0].startswith(f"DOWN: {EVIL} since")


def test_a_json_body_is_filled_in() -> None:
    request = send(
        OK,
        headers="Content-Type: application/json\nAuthorization: Bearer {token}",
        body='{"messages": [{"to": "{to}", "text": "{text}"}]}',
        name=EVIL,
    )
    assert head(request)["authorization"] == "Bearer s3cret"
    (message,) = content(request)["messages"]
    assert message["to"] == "+4915112345678"
    assert message["text"].startswith(f"DOWN: {EVIL} since")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Application/JSON", '{"to": "{to}", "text": "{text}"}'),
        ("Application/X-WWW-Form-Urlencoded", "to={to}&text={text}"),
    ],
)
def test_a_type_may_be_written_in_capitals(kind: str, body: str) -> None:
    request = send(OK, headers=f"Content-Type: {kind}", body=body, name=EVIL)
    said = request.partition(b"\r\n\r\n")[2].decode()
    is_json = "JSON" in kind
    notified = json.loads(said) if is_json else {n: v[0] for n, v in parse_qs(said).items()}
    assert notified["to"] == "+4915112345678"
    assert notified["text"].startswith(f"DOWN: {EVIL} since")


def test_an_xml_body_is_filled_in() -> None:
    request = send(OK, headers="Content-Type: text/xml", body="<m to='{to}'>{text}</m>", name=EVIL)
    tree = ET.fromstring(request.partition(b"\r\n\r\n")[2].decode())  # noqa: S314 - it is our own
    assert len(tree) == 0
    assert (tree.text or "").startswith(f"DOWN: {EVIL} since")


def test_a_url_is_filled_in() -> None:
    request = send(OK, path="/send?to={to}&t={text}", method="GET", name=EVIL)
    method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
    assert method == "GET"
    query = parse_qs(urlsplit(target).query, strict_parsing=True)
    assert query["to"] == ["+4915112345678"]
    assert query["t"][0].startswith(f"DOWN: {EVIL} since")


@pytest.mark.parametrize(
    ("path", "pattern", "accepted"),
    [
        ("", "", True),
        ("", "queued", True),
        ("", "^OK", False),
        ("$.status", "^(queued|sent)$", True),
        ("$.status", "^failed$", False),
        ("$.id", "^7$", True),
        ("$.nothing", "", False),
    ],
)
def test_success_is_what_the_operator_says_it_is(path: str, pattern: str, accepted: bool) -> None:  # noqa: FBT001 - a column of the table
    if accepted:
        send(OK, body="x", success_path=path, success_pattern=pattern)
    else:
        with pytest.raises(NotifierError) as caught:
            send(OK, body="x", success_path=path, success_pattern=pattern)
        assert not caught.value.permanent


def test_no_status_but_2xx_is_success() -> None:
    with pytest.raises(NotifierError, match="answered 500"):
        send(http("500 Oops", "queued"), body="x", success_pattern="queued")


@pytest.mark.parametrize(
    "wrong",
    [
        {"sms_http_headers": "no colon"},
        {"sms_http_headers": "A: b\nB\x00: c"},
        {"sms_http_success_path": "$["},
        {"sms_http_success_pattern": "("},
    ],
)
def test_a_description_that_cannot_work_is_told_to_the_operator(wrong: dict[str, str]) -> None:
    with pytest.raises(NotifierError, match="not set up") as caught:
        make("sms", settings(sms_gateway="http", **wrong))
    assert not caught.value.permanent


def test_the_description_shows_no_secret() -> None:
    described = settings(
        sms_gateway="http", sms_http_headers="X-Key: s3cret", sms_http_body="s3cret"
    )
    assert "s3cret" not in repr(described) + json.dumps(described.model_dump(mode="json"))
