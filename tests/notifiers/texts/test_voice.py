"""Phone calls through a gateway that speaks as Twilio does."""

from base64 import b64decode
from dataclasses import replace
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest

from domain.alerting.alert import Alert, AlertEvent, Rendered
from notifiers.base import Destination, NotifierError
from notifiers.texts import voice
from notifiers.texts.account import Account
from notifiers.texts.voice import VoiceNotifier, spoken, twiml
from tests.notifiers.alerts import OUTAGE_KEY, every_event, of_event, outage, recovery
from tests.notifiers.gateway import Gateway, head, http
from tests.notifiers.settings import settings

ANN = Destination("+4915112345678")
OK = http("201 Created", '{"sid": "CA42", "status": "queued"}')


def form_of(request: bytes) -> dict[str, list[str]]:
    return parse_qs(request.partition(b"\r\n\r\n")[2].decode())


def test_a_call_is_asked_for_with_the_words_in_it() -> None:
    with Gateway(OK) as gateway:
        account = Account(url=gateway.url, account="AC1", token="t", sender="+15005550006")
        assert VoiceNotifier(account).send(ANN, outage()).reference == "CA42"
    (request,) = gateway.requests
    assert request.startswith(b"POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1\r\n")
    assert head(request)["idempotency-key"] == OUTAGE_KEY
    form = form_of(request)
    assert (form["To"], form["From"]) == (["+4915112345678"], ["+15005550006"])
    assert form["Timeout"] == ["40"]
    assert "<Say>Shop is down. Answered 500" in form["Twiml"][0]


def test_it_is_said_twice() -> None:
    tree = ET.fromstring(twiml("Shop is down."))  # noqa: S314 - it is our own
    said = [element.text for element in tree.iter("Say")]
    assert said == ["Shop is down.", "I repeat: Shop is down."]


@pytest.mark.parametrize("name", ["</Say><Dial>+4990012345</Dial>", "a & b <c>", "]]>", "&amp;"])
def test_names_add_no_verbs_to_the_call(name: str) -> None:
    tree = ET.fromstring(twiml(spoken(outage(name=name))))  # noqa: S314 - it is our own
    assert [element.tag for element in tree] == ["Pause", "Say", "Pause", "Say"]
    assert (tree[1].text or "").startswith(f"{name} is down.")


def test_who_is_asked_to_agree_presses_a_key_for_the_link() -> None:
    alert = of_event(AlertEvent.CONFIRM)
    tree = ET.fromstring(twiml(spoken(alert), key_link=alert.confirm_link))  # noqa: S314 - it is our own
    (gather,) = tree
    assert gather.tag == "Gather"
    assert gather.attrib == {
        "action": alert.confirm_link,
        "method": "POST",
        "numDigits": "1",
        "timeout": "10",
    }
    assert (gather[1].text or "").endswith("press 1.")


def test_who_is_called_is_asked_to_agree_in_the_call() -> None:
    alert = of_event(AlertEvent.CONFIRM)
    with Gateway(OK) as gateway:
        VoiceNotifier(Account(url=gateway.url, account="AC1", token="t", sender="+1")).send(
            ANN, alert
        )
    form = form_of(gateway.requests[0])
    assert f'<Gather action="{alert.confirm_link}"' in form["Twiml"][0]


def test_a_recovery_is_said_without_the_cause() -> None:
    assert "12 minutes" in spoken(recovery())
    assert "Answered" not in spoken(recovery())
    assert "Answered" not in spoken(recovery(event=AlertEvent.MISSED))


def test_a_cause_that_is_longer_than_one_can_listen_to_is_cut() -> None:
    said = spoken(outage(cause="x" * 500))
    assert f" {'x' * 197}... " in said
    assert "x" * 198 not in said


def test_what_is_said_has_no_addresses_and_no_short_units() -> None:
    cause = "Redirected to https://user:pw@b.example:8443/x?y=1. It took 5 s, expected 200-299."
    said = spoken(outage(name="https://shop.example/cart", cause=cause))
    assert "://" not in said
    assert said.startswith("shop.example is down. Redirected to b.example. It took 5 seconds,")
    assert "200 to 299" in said
    assert "08:12 UTC on 24 November" in said


def test_what_is_not_a_number_is_not_called() -> None:
    account = Account(url="http://127.0.0.1:1", account="AC1", token="t", sender="+1")
    with pytest.raises(NotifierError, match="not a phone number") as caught:
        VoiceNotifier(account).send(Destination("ann@example.org"), outage())
    assert caught.value.channel_gone


@pytest.mark.parametrize("alert", every_event(), ids=lambda alert: alert.event)
def test_every_event_can_be_said_and_keeps_to_the_limit(alert: Alert) -> None:
    long = replace(alert, monitor_name="&" * 500, cause="<" * 5000)
    assert len(twiml(spoken(long))) <= 4000


@pytest.mark.parametrize("own", ["&" * 600, "<\n" * 300, "Bäckerei ✓ " * 60])
def test_an_organizations_own_words_keep_to_the_limit_and_are_still_markup(own: str) -> None:
    said = twiml(spoken(replace(outage(), rendered=Rendered(text=own))))
    assert len(said) <= 4000
    assert [element.tag for element in ET.fromstring(said)] == ["Pause", "Say", "Pause", "Say"]  # noqa: S314 - it is our own


def test_calls_use_the_account_for_texts_unless_they_have_their_own() -> None:
    with Gateway(OK) as gateway:
        texts = {"sms_account": "AC1", "sms_token": "t1", "sms_sender": "+1"}
        calls = {"voice_account": "AC2", "voice_token": "t2", "voice_sender": "+2"}
        shared = settings(sms_gateway_url=gateway.url, **texts)
        # Calls do not care by which kind of gateway texts go.
        own = settings(sms_gateway="vonage", voice_gateway_url=gateway.url, **texts, **calls)
        for each in (shared, own):
            voice.from_settings(each).send(ANN, outage())
    assert [request.split()[1].split(b"/")[3] for request in gateway.requests] == [b"AC1", b"AC2"]
    logins = [head(request)["authorization"].split()[1] for request in gateway.requests]
    assert [b64decode(each) for each in logins] == [b"AC1:t1", b"AC2:t2"]
    assert [form_of(request)["From"] for request in gateway.requests] == [["+1"], ["+2"]]


def test_the_account_of_another_kind_of_gateway_is_not_taken_for_one_for_calls() -> None:
    made = voice.from_settings(settings(sms_gateway="vonage", sms_account="key"))
    with pytest.raises(NotifierError, match="no voice gateway") as caught:
        made.send(ANN, outage())
    assert (caught.value.permanent, caught.value.channel_gone) == (True, False)


def test_a_number_that_cannot_be_called_ends_the_channel() -> None:
    answer = http("400 Bad Request", '{"code": 21211, "message": "Invalid To"}')
    with Gateway(answer) as gateway:
        account = Account(url=gateway.url, account="AC1", token="t", sender="+15005550006")
        with pytest.raises(NotifierError) as caught:
            VoiceNotifier(account).send(ANN, outage())
    assert caught.value.channel_gone
    assert str(caught.value) == "The voice gateway answered 400: Invalid To"
