"""Apprise itself, against servers of our own: what it may reach, and what it may not."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from notifiers.apprise import LOCAL, AppriseNotifier, AppriseSettings
from notifiers.base import Destination, NotifierError
from security.egress.guard import EgressPolicy
from tests.notifiers.alerts import ACKNOWLEDGE, outage
from tests.notifiers.gateway import Gateway, content, http

ANYWHERE, PUBLIC = EgressPolicy("any"), EgressPolicy()
OK = http("200 OK", "")


def send(
    url: str, *, policy: EgressPolicy = ANYWHERE, name: str = "Shop", seconds: float = 25
) -> None:
    notifier = AppriseNotifier(policy, seconds=seconds)
    alert = replace(outage(name=name), acknowledge_link=ACKNOWLEDGE)
    notifier.send(Destination("x", {"url": url}), alert)


def refusal(url: str, *, policy: EgressPolicy = ANYWHERE, seconds: float = 25) -> NotifierError:
    with pytest.raises(NotifierError) as caught:
        send(url, policy=policy, seconds=seconds)
    assert "very-secret" not in str(caught.value)
    return caught.value


def examined(urls: list[str], policy: EgressPolicy) -> Sequence[str | None]:
    several = [AppriseSettings.model_validate({"url": url}) for url in urls]
    return AppriseSettings.examine(several, policy)


def test_an_outage_arrives_through_apprise() -> None:
    with Gateway(OK) as gateway:
        send(f"json://{gateway.url[7:]}/in", name="Sh@p <x>")
    notified = content(gateway.requests[0])
    assert notified["type"] == "failure"
    assert notified["title"].replace("\u200b", "").startswith("DOWN: Sh@p <x> (")
    assert notified["message"].replace("\u200b", "").startswith("Sh@p <x> ")
    assert f"Acknowledge: {ACKNOWLEDGE}" in notified["message"]


def test_a_service_with_little_room_gets_the_beginning_with_the_links_in_it() -> None:
    facts = tuple((f"l{number}", "v" * 900) for number in range(40))
    long = replace(outage(), acknowledge_link=ACKNOWLEDGE, facts=facts)
    with Gateway(http("200 OK", "{}")) as gateway:
        channel = Destination("x", {"url": f"ntfy://{gateway.url[7:]}/topic"})
        AppriseNotifier(ANYWHERE).send(channel, long)
    notified = content(gateway.requests[0])["message"]
    assert len(notified) <= 7800
    assert f"Acknowledge: {ACKNOWLEDGE}" in notified
    assert "l3: vvv" in notified


def test_no_service_finds_a_mention_in_a_name() -> None:
    with Gateway(OK) as gateway:
        send(f"json://{gateway.url[7:]}/in", name="@everyone <!channel> <@1>")
    notified = json.dumps(content(gateway.requests[0]), ensure_ascii=False)
    assert "@everyone" not in notified
    assert "<!" not in notified
    assert "<@" not in notified


def test_a_service_that_refuses_is_tried_again_and_its_status_is_told() -> None:
    with Gateway(http("403 Forbidden", "very-secret")) as gateway:
        error = refusal(f"json://{gateway.url[7:]}/very-secret")
    assert (error.permanent, str(error)) == (False, "The service answered 403.")


def test_a_service_that_is_not_there_is_tried_again() -> None:
    error = refusal("json://127.0.0.1:1/very-secret")
    assert (error.permanent, str(error)) == (False, "The service did not accept the message.")


def test_a_service_that_never_answers_is_left_in_time() -> None:
    begun = time.monotonic()
    with Gateway(b"HTTP/1.1 200 OK\r\n", drip=True) as gateway:
        error = refusal(f"json://{gateway.url[7:]}/very-secret", seconds=4)
    assert time.monotonic() - begun < 30
    assert (error.permanent, str(error)) == (False, "The service did not answer in time.")


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1:{port}/x", "json://localhost:{port}/x", "json://2130706433:{port}/x",
            "ntfy://127.0.0.1:{port}/topic", "mailto://a:b@example.org:{port}?smtp=127.0.0.1&to=c@example.org",
            "irc://127.0.0.1:{port}/channel", "rsyslog://127.0.0.1:{port}"]
)  # fmt: skip
def test_whatever_the_service_nothing_connects_into_private_space(url: str) -> None:
    with Gateway(OK) as gateway:
        error = refusal(url.format(port=gateway.url.rpartition(":")[2]), policy=PUBLIC)
    assert not error.permanent
    assert gateway.requests == []
    assert str(error) == "This service may not connect to that host."


def test_a_redirect_does_not_lead_into_private_space() -> None:
    only_here = EgressPolicy("allowlist", (ip_network("127.0.0.1/32"),))
    answer = http("302 Found", "", "Location: http://169.254.169.254/latest/")
    with Gateway(answer) as gateway:
        error = refusal(f"json://{gateway.url[7:]}/x?method=GET", policy=only_here)
    assert str(error) == "This service may not connect to that host."


def test_no_file_of_this_machine_is_read_into_a_message() -> None:
    with Gateway(OK) as gateway:
        address = gateway.url[7:]
        error = refusal(f"workflow://{address}/WORKFLOW/SIG?template=/etc/passwd", policy=ANYWHERE)
    assert not error.permanent
    assert not any(b"root:" in request for request in gateway.requests)


@pytest.mark.parametrize("scheme", sorted(LOCAL))
def test_what_reaches_only_this_machine_is_refused(scheme: str) -> None:
    with pytest.raises(ValidationError, match="reach only the machine"):
        AppriseSettings.model_validate({"url": f"{scheme}://x"})


@pytest.mark.parametrize("url", ["", "ntfy", "http:/x", "NTFY://x", "ntfy://x\r\ny", "://x"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="Must be an Apprise URL"):
        AppriseSettings.model_validate({"url": url})


def test_a_url_is_understood_before_it_is_stored() -> None:
    good = ["ntfys://ntfy.example.com/topic", "json://127.0.0.1:8080/x"]
    assert examined(good, ANYWHERE) == [None, None]


def test_what_could_never_be_sent_to_is_refused_with_the_reason() -> None:
    not_understood = "Apprise does not understand this URL."
    not_looked_at = "This service may not connect to this address."
    reasons = {
        "nosuch://x": not_understood,
        "pover://x": not_understood,
        "json://127.0.0.1/x": not_looked_at,
        "json://2130706433/x": not_looked_at,
        "gotify://db.internal/AbCdEfGhIjKlMnO": "This name does not belong to the public internet.",
        "ntfys://ntfy.example.com/topic": None,
    }
    assert list(examined(list(reasons), PUBLIC)) == list(reasons.values())


def test_a_url_that_is_not_understood_any_more_ends_the_channel() -> None:
    assert refusal("nosuch://very-secret").channel_gone


def test_a_channel_shows_the_service_and_no_token() -> None:
    settings = AppriseSettings.model_validate({"url": "slack://very-secret/b/c"})
    assert settings.address_of(lambda _: "f00") == "slack (f00)"
