"""Programs of sessions in words."""

import pytest
from flask import Flask

from web.identity import agents

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"
AGENTS = {
    f"Mozilla/5.0 (X11; Linux x86_64) {_CHROME} Safari/537.36": "Chrome on Linux",
    f"Mozilla/5.0 (Windows NT 10.0; Win64) {_CHROME} Safari/537.36 Edg/156.0": "Edge on Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19 Safari/604": "Safari on iPhone",
    "Mozilla/5.0 (Android 16; Mobile; rv:148.0) Gecko/148.0 Firefox/148.0": "Firefox on Android",
    "curl/8.9.1": "curl/8.9.1",
    "": "unknown program",
}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_program_is_called_by_its_name(app: Flask, agent: str) -> None:
    with app.test_request_context():
        assert agents.named(agent) == AGENTS[agent]
