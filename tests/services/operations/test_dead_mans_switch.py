"""The dead man hears of us while we say so, and we hear whether it did."""

import socket

from pydantic import SecretStr

from services.operations.dead_mans_switch import ping_watchdog
from tests.servers.site import ScriptedSite


def test_a_sign_of_life_asks_for_the_url() -> None:
    with ScriptedSite() as site:
        assert ping_watchdog(SecretStr(f"{site.url}/alive"))
        assert site.requests["/alive"] == 1


def test_a_refusal_is_no_sign_of_life_and_no_redirect_is_followed() -> None:
    with ScriptedSite() as site:
        site.answer = 404
        assert not ping_watchdog(SecretStr(f"{site.url}/alive"))
        site.answer = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"
        assert not ping_watchdog(SecretStr(f"{site.url}/alive"))
        assert site.requests["/elsewhere"] == 0


def test_who_cannot_be_reached_costs_no_more_than_the_time_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/alive"
        assert not ping_watchdog(SecretStr(url), seconds=0.2)
    assert not ping_watchdog(SecretStr(url))
