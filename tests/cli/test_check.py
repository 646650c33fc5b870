"""`downtime check`: one check in the terminal, an exit status for scripts, and no secret shown."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from time import time

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cli.main import main
from config.settings import load
from models import MonitorCredential
from security.vault import KeyRing
from services.credentials import credentials
from services.credentials.credentials import CredentialValues
from services.credentials.settings import CredentialSettings
from tests.servers.site import ScriptedSite
from tests.services.watched import watch

TOKEN = "canary-token-0987654321"


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as site:
        yield site


@pytest.mark.parametrize(
    ("answer", "settings", "status", "word"),
    [
        (200, "{}", 0, "UP"),
        (200, '{"assertions": [{"type": "http_version", "value": "2"}]}', 1, "DOWN"),
        (
            200,
            '{"assertions": [{"type": "http_version", "value": "2", "outcome": "degraded"}]}',
            0,
            "The target answers, but not as expected.",
        ),
        (500, "{}", 1, "Answered 500 Internal Server Error"),
    ],
)
def test_the_exit_status_tells_the_outcome(
    site: ScriptedSite,
    capsys: pytest.CaptureFixture[str],
    answer: int,
    settings: str,
    status: int,
    word: str,
) -> None:
    site.answer = answer
    assert main(["check", site.url, "--egress", "any", "--settings", settings]) == status
    assert word in capsys.readouterr().out


def test_what_may_not_be_looked_at_is_unknown(
    site: ScriptedSite, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", site.url, "--egress", "public"]) == 2
    assert "may not connect to the address" in capsys.readouterr().out
    assert site.count == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "give either a URL or --monitor"),
        (["http://a.test/", "--monitor", str(uuid.uuid4())], "give either a URL or --monitor"),
        (["not a url"], "A URL must not contain spaces"),
        (["http://a.test/", "--timeout", "0"], "The timeout must be"),
        (["http://a.test/", "--timeout", "31"], "The timeout must be"),
        (["http://a.test/", "--timeout", "soon"], "invalid float"),
        (["http://a.test/", "--kind", "smoke"], "invalid choice"),
        (["http://a.test/", "--settings", "{"], "Invalid JSON"),
        (["http://a.test/", "--settings", '{"colour": 1}'], "colour: Extra inputs"),
        (["--monitor", "seven"], "invalid UUID"),
    ],
)
def test_wrong_usage_ends_with_3_and_a_sentence(
    capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["check", *options])
    assert ending.value.code == 3
    assert complaint in capsys.readouterr().err


def test_json_has_every_step_phase_and_assertion(
    site: ScriptedSite, capsys: pytest.CaptureFixture[str]
) -> None:
    def redirect(path: str) -> int | bytes:
        head = b"HTTP/1.1 302 Found\r\nLocation: /end?token=abc\r\nContent-Length: 0\r\n\r\n"
        return head if path == "/" else 200

    site.answer = redirect
    settings = '{"assertions": [{"type": "body_size", "comparison": ">", "value": 9}]}'
    options = ["--egress", "any", "--json", "--settings", settings]
    assert main(["check", f"{site.url}/", *options]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["outcome"], report["cause"], report["http_status"]) == ("down", "assertion", 200)
    assert [(step["method"], step["status"]) for step in report["steps"]] == [
        ("GET", 302),
        ("GET", 200),
    ]
    assert report["steps"][1]["url"] == f"{site.url}/end?token=•••"
    assert report["assertions"] == [
        {
            "demand": "Body size: expected to be more than 9 bytes",
            "failure": "Body size: expected to be more than 9 bytes, found 5 bytes.",
        }
    ]
    assert report["timings"].keys() == {"dns", "connect", "tls", "first_byte", "total"}
    assert report["evidence"]["body"] == "hello"


def test_what_a_site_sends_cannot_speak_to_the_terminal(
    site: ScriptedSite, capsys: pytest.CaptureFixture[str]
) -> None:
    site.answer = (
        b"HTTP/1.1 500 x\r\nX-Evil: [red]a[/red]\x1b]0;title\x07\r\n"
        b"Content-Length: 9\r\n\r\n[b]\x1b[2Jx"
    )
    assert main(["check", site.url, "--egress", "any"]) == 1
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[red]a[/red]" in shown


def test_a_monitor_is_checked_with_its_credentials_and_shows_none_of_them(
    committed: Engine, site: ScriptedSite, capsys: pytest.CaptureFixture[str]
) -> None:
    site.answer = (
        b"HTTP/1.1 500 x\r\nX-Echo: " + TOKEN.encode() + b"\r\nContent-Length: 32\r\n\r\n"
        b"you sent " + TOKEN.encode()
    )
    with Session(committed) as session, session.begin():
        monitor = watch(session, from_slot=int(time()))
        monitor.url = site.url
        monitor.settings = {"allow_plaintext_credentials": True}
        made = credentials.create(
            session,
            monitor.organization_id,
            CredentialValues(
                name="Token", scheme="bearer", fields={"token": TOKEN}, origins=[site.url]
            ),
            settings=CredentialSettings(ring=KeyRing.from_settings(load())),
            now=datetime.now(UTC),
        ).credential
        session.add(
            MonitorCredential(
                monitor_id=monitor.id,
                position=0,
                credential_id=made.id,
                organization_id=monitor.organization_id,
            )
        )
        public_id = str(monitor.public_id)
    assert main(["check", "--monitor", public_id]) == 1
    text = capsys.readouterr()
    assert main(["check", "--monitor", public_id, "--json"]) == 1
    as_json = capsys.readouterr()
    assert TOKEN.encode() in site.received[-1]
    for shown in (text.out, text.err, as_json.out, as_json.err):
        assert "canary" not in shown
    assert "Authorization: •••" in text.out


def test_a_monitor_that_is_not_there_is_wrong_usage(
    committed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    del committed
    with pytest.raises(SystemExit) as ending:
        main(["check", "--monitor", str(uuid.uuid4())])
    assert ending.value.code == 3
    assert "There is no such monitor" in capsys.readouterr().err
