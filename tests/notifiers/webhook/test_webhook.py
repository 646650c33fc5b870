"""Webhooks: signed so that others' verifiers agree, the same for each attempt, and nothing followed."""

import json
import time
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import SecretStr, ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from domain.alerting.alert import Alert, Rendered
from notifiers.base import Destination, NotifierError
from notifiers.webhook import signature as webhook_signature
from notifiers.webhook.webhook import WebhookNotifier, WebhookSettings
from notifiers.wording import wording
from security.egress.guard import EgressPolicy
from tests.notifiers.alerts import OUTAGE_KEY, about_many, every_event, outage, recovery
from tests.notifiers.gateway import Gateway, content, head, http
from tests.servers.verifier import verifier

ANYWHERE = EgressPolicy("any")
HOOK_URL = "https://x.example/"
SECRET = "whsec_" + b64encode(b"s" * 32).decode()
OLD_SECRET = "whsec_" + b64encode(b"o" * 32).decode()
KEY = "whsk_" + b64encode(b"k" * 32).decode()
OLD_KEY = "whsk_" + b64encode(b"l" * 32).decode()
OK = http("200 OK", "")


def hook(url: str, **more: str) -> Destination:
    return Destination("hook", {"url": f"{url}/in?token=1", "signing_key": KEY, **more})


def sent(alert: Alert, **more: str) -> bytes:
    with Gateway(OK) as gateway:
        assert WebhookNotifier(ANYWHERE, seconds=5).send(hook(gateway.url, **more), alert).answer
    return gateway.requests[0]


def refusal(answer: bytes, *, seconds: float = 5) -> NotifierError:
    with Gateway(answer) as gateway, pytest.raises(NotifierError) as caught:
        WebhookNotifier(ANYWHERE, seconds=seconds).send(hook(gateway.url), outage())
    return caught.value


def body_of(request: bytes) -> str:
    return request.partition(b"\r\n\r\n")[2].decode()


def test_an_outage_is_posted_as_a_small_document() -> None:
    request = sent(replace(outage(), monitor_id="m1", organization_name="Acme", tags=("eu",)))
    assert request.startswith(b"POST /in?token=1 HTTP/1.1\r\n")
    assert head(request)["content-type"] == "application/json"
    notified = content(request)
    assert (notified["version"], notified["type"]) == (2, "monitor.down")
    assert notified["timestamp"] == "2026-11-24T08:12:05.000Z"
    assert notified["data"]["organization"] == "Acme"
    assert notified["data"]["monitor"] == {
        "id": "m1",
        "name": "Shop",
        "url": "https://shop.example/",
        "tags": ["eu"],
    }
    assert notified["data"]["incident"]["key"] == OUTAGE_KEY
    assert notified["data"]["incident"]["ended_at"] is None
    assert notified["data"]["text"] == wording(outage()).sentence


def test_the_recovery_names_the_same_incident_and_how_long_it_lasted() -> None:
    incident = content(sent(recovery()))["data"]["incident"]
    assert (incident["key"], incident["duration_seconds"]) == (OUTAGE_KEY, 720.0)


def test_invariant_4_each_attempt_has_the_same_id_and_body() -> None:
    first, second = sent(outage()), sent(outage())
    assert head(first)["webhook-id"] == head(second)["webhook-id"] == OUTAGE_KEY
    assert body_of(first) == body_of(second)


def test_the_verifier_of_others_in_python_agrees() -> None:
    request = sent(outage(), secret=SECRET)
    assert Webhook(SECRET).verify(body_of(request), head(request)) == content(request)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET).verify(body_of(request), head(request))


@pytest.mark.parametrize("dedup_key", ["webhook-id", "webhook-timestamp", "body", "time"])
def test_abuse_71_what_is_sent_again_later_or_changed_does_not_verify(dedup_key: str) -> None:
    request = sent(outage(), secret=SECRET)
    headers, body = dict(head(request)), body_of(request)
    # As another framework may write the same document.
    changed = json.dumps(json.loads(body), indent=1) if dedup_key == "body" else body
    if dedup_key == "time":
        headers["webhook-timestamp"] = str(int(time.time()) - 301)
    elif dedup_key != "body":
        headers[dedup_key] = f"{headers[dedup_key]}1"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(changed, headers)


@pytest.mark.abuse(71)
@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_no_id_holds_what_parts_are_signed_between(alert: Alert) -> None:
    assert "." not in head(sent(alert))["webhook-id"]


@pytest.mark.abuse(71)
def test_while_a_secret_is_replaced_both_verify() -> None:
    request = sent(outage(), secret=SECRET, old_secret=OLD_SECRET)
    for secret in (SECRET, OLD_SECRET):
        Webhook(secret).verify(body_of(request), head(request))


def test_the_verifier_of_others_in_javascript_agrees() -> None:
    with verifier({"webhook": SECRET}) as url:
        channel = Destination(
            "hook", {"url": f"{url}/webhook", "secret": SECRET, "signing_key": KEY}
        )
        assert WebhookNotifier(ANYWHERE).send(channel, outage()).answer
        wrong = Destination("hook", {**channel.settings, "secret": OLD_SECRET})
        with pytest.raises(NotifierError, match="401"):
            WebhookNotifier(ANYWHERE).send(wrong, outage())


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_the_public_key_that_is_shown_verifies_v1a(key: str) -> None:
    request = sent(outage(), signing_key=KEY, old_signing_key=OLD_KEY)
    settings = WebhookSettings.model_validate({"url": HOOK_URL, "signing_key": key})
    shown = settings.beside()["public_key"]
    assert shown.startswith("whpk_")
    public = Ed25519PublicKey.from_public_bytes(b64decode(shown.removeprefix("whpk_")))
    headers = head(request)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body_of(request)}"
    signatures = [each[4:] for each in headers["webhook-signature"].split() if each[:4] == "v1a,"]
    assert sum(_verifies(public, each, signed) for each in signatures) == 1


def _verifies(public: Ed25519PublicKey, signature: str, signed: str) -> bool:
    try:
        public.verify(b64decode(signature), signed.encode())
    except InvalidSignature:
        return False
    return True


def test_the_timestamp_is_that_of_the_attempt() -> None:
    assert abs(int(head(sent(outage()))["webhook-timestamp"]) - time.time()) < 60


def test_each_channel_gets_a_key_of_its_own() -> None:
    keys = {
        WebhookSettings.model_validate({"url": HOOK_URL}).beside()["public_key"] for _ in range(3)
    }
    assert len(keys) == 3


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_" + "A" * 30, "whsec_" + b64encode(b"x" * 23).decode(), "whsec_%%%",
     "whsec_" + b64encode(b"x" * 65).decode(), "geheim", f"{SECRET}%", f"{SECRET[:20]} {SECRET[20:]}"],
)  # fmt: skip
def test_a_secret_of_another_form_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WebhookSettings.model_validate({"url": HOOK_URL, "secret": secret})
    assert [error["loc"] for error in caught.value.errors()] == [("secret",)]
    assert "Must be whsec_ and 24 to 64 bytes in base64." in str(caught.value)
    assert len(secret) < 7 or secret not in str(caught.value)


@pytest.mark.parametrize("size", [24, 64])
def test_a_secret_has_24_to_64_bytes(size: int) -> None:
    secret = "whsec_" + b64encode(b"x" * size).decode()
    settings = WebhookSettings.model_validate({"url": HOOK_URL, "secret": secret})
    assert settings.secret == SecretStr(secret)


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x.example/", "x.example", "https://", "https://ann:pw@x.example/",
     "https://x.example/#part", "https://x.example/a b", "https://x.example/\r\nHost: y",
     "https://x.example:99999/", "https://x.example/" + "a" * 3000, "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_url_to_post_to_is_refused(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WebhookSettings.model_validate({"url": url})
    assert [error["loc"] for error in caught.value.errors()] == [("url",)]


@pytest.mark.abuse(71)
def test_a_receiver_that_is_gone_for_good_ends_the_channel() -> None:
    error = refusal(http("410 Gone", ""))
    assert (error.permanent, error.channel_gone) == (True, True)


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found"])
def test_any_other_refusal_is_tried_again(status: str) -> None:
    error = refusal(http(status, "go away"))
    assert (error.permanent, str(error)) == (False, f"The webhook answered {status[:3]}: go away")


@pytest.mark.abuse(71)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Redirect", "308 Redirect"])
def test_no_redirect_is_followed(status: str) -> None:
    with Gateway(OK) as other:
        error = refusal(http(status, "", f"Location: {other.url}/"))
    assert not error.permanent
    assert other.requests == []


def test_a_wait_may_be_a_date() -> None:
    until = datetime.now(UTC) + timedelta(minutes=10)
    error = refusal(http("503 Busy", "", f"Retry-After: {until:%a, %d %b %Y %H:%M:%S} GMT"))
    assert 500 < error.retry_after <= 600


def test_an_answer_that_is_too_large_to_read_has_still_accepted() -> None:
    with Gateway(http("200 OK", "x" * 200_000)) as gateway:
        assert WebhookNotifier(ANYWHERE, seconds=5).send(hook(gateway.url), outage()).answer


@pytest.mark.abuse(71)
def test_a_receiver_that_drips_is_left_in_time() -> None:
    begun = time.monotonic()
    with Gateway(b"HTTP/1.1 200 OK\r\n\r\n", drip=True) as gateway, pytest.raises(NotifierError):
        WebhookNotifier(ANYWHERE, seconds=0.4).send(hook(gateway.url), outage())
    assert time.monotonic() - begun < 20


def test_a_body_of_the_organizations_own_is_sent_as_it_is_and_signed() -> None:
    alert = replace(outage(), rendered=Rendered(body='{"host": "shop"}'))
    request = sent(alert, secret=SECRET, content_type="text/plain")
    assert body_of(request) == '{"host": "shop"}'
    assert head(request)["content-type"] == "text/plain"
    signed = webhook_signature.headers(
        OUTAGE_KEY,
        int(head(request)["webhook-timestamp"]),
        b'{"host": "shop"}',
        secrets=[SecretStr(SECRET)],
        signing_keys=[SecretStr(KEY)],
    )
    assert head(request)["webhook-signature"] == signed["webhook-signature"]


def test_a_digest_holds_the_messages_that_it_stands_for() -> None:
    parts = content(sent(about_many()))["data"]["parts"]
    assert [part["type"] for part in parts] == ["monitor.down", "monitor.down", "monitor.up"]
    assert parts[0]["data"]["monitor"]["name"] == "Shop"


def test_lone_surrogates_and_control_characters_do_not_break_the_document() -> None:
    alert = replace(outage(name="Shop\ud800\x00"), facts=(("La\x00bel", "va\ud800lue"),))
    assert content(sent(alert))["data"]["monitor"]["name"] == "Shop"
