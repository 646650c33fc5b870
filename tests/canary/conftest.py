"""A running stack with secrets that are marked: driven once, planted with others, and kept as it then was."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiosmtpd.smtp import AuthResult

from devstack.sinks.smtp import MailSink
from devstack.stack import Stack
from tests.canary import marks, mishaps, people, places, planting, site
from tests.canary.marks import Marks
from tests.canary.places import Places, Processes
from tests.canary.recorder import Recorder
from tests.canary.story import Story
from tests.e2e.alone import alone
from tests.e2e.patience import eventually
from tests.servers.flower import FlowerClient

_REFUSALS = {"broken": 500, "gone": 404, "hanging up": 0}
_LINK = re.compile(rb"/links/[\w-]+/([\w=\r\n.-]{20,})")
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Run:
    """What was left, by the kind of the place; `planted` was put into each, to be found."""

    kept: Marks
    left: dict[str, Places]
    planted: str
    heard: Places
    """What was sent to the site and to the receivers, who may know."""


@pytest.fixture(scope="package")
def run() -> Iterator[Run]:
    with ExitStack() as running:
        running.enter_context(alone())
        name = running.enter_context(
            tempfile.TemporaryDirectory(prefix="canary-", ignore_cleanup_errors=True)
        )
        yield _run(running, Path(name))


def _run(running: ExitStack, directory: Path) -> Run:
    kept = Marks({"issued token": site.ISSUED})
    watched = running.enter_context(site.echo())
    receivers = {
        name: running.enter_context(site.receiver(status)) for name, status in _REFUSALS.items()
    }
    urls = {name: each.url for name, each in receivers.items()} | {"silent": "http://127.0.0.1:1"}
    settings = _settings(running, directory, kept, urls["broken"])
    processes = running.enter_context(Processes())
    stack = running.enter_context(Stack(directory, counts={"demo-site": 0}, settings=settings))
    _keep_own_secrets(stack, kept)
    places.log_statements(stack)
    user = Recorder(stack.address("api"))
    _notify(stack, Story(user, kept, watched.url, urls))
    flower = FlowerClient(urlsplit(stack.address("flower")).port or 0, {})
    flower = flower.knowing(stack.environment["FLOWER_BASIC_AUTH"])
    planted = planting.plant(stack, user, flower, processes)
    heard = {
        "site": b"\n".join(watched.received),
        "receivers": b"\n".join(each for one in receivers.values() for each in one.received),
    }
    left = {
        "logs": places.logs(stack),
        "statements": places.statements(stack),
        "database": places.database(stack),
        "redis": places.redis(stack),
        "command lines": {"command lines": processes.command_lines()},
        "environments": {"environments": processes.environments()},
        "flower": {"flower": flower.everything().encode()},
        "answers": dict(user.answers),
        "messages": places.inbox(stack) | {"posted": heard["receivers"]},
    }
    return Run(kept, left, planted, heard)


def _settings(running: ExitStack, directory: Path, kept: Marks, broken: str) -> dict[str, str]:
    """Mark what the operator sets; texts go out, and calls are refused."""
    password = kept.add("operator smtp", marks.new())

    def login(*arguments: object) -> AuthResult:
        return AuthResult(success=arguments[-1].password == password.encode())  # type: ignore[attr-defined]

    sink = running.enter_context(
        MailSink(
            directory / "inbox" / "mail",
            auth_require_tls=False,
            authenticator=login,
        )
    )
    return {
        "SMTP_URL": f"{sink.url.replace('//', f'//robot:{password}@')}?starttls=never",
        "DOWNTIME_VOICE_ACCOUNT": "AC1",
        "DOWNTIME_VOICE_SENDER": "+15005550006",
        "DOWNTIME_VOICE_GATEWAY_URL": broken,
        "DOWNTIME_VOICE_TOKEN": kept.add("operator voice", marks.new()),
        "DOWNTIME_TELEGRAM_URL": broken,
        "DOWNTIME_TELEGRAM_TOKEN": f"123:{kept.add('operator telegram', marks.new())}",
        "DOWNTIME_PAGERDUTY_URL": broken,
        "DOWNTIME_METRICS_TOKEN": kept.add("operator metrics", marks.new()),
        "DOWNTIME_WATCHDOG_URL": f"{broken}/{kept.add('operator dead man', marks.new())}",
        "DOWNTIME_LOG_LEVEL": "DEBUG",
        # What is asked too often would be answered by the limits, and never reach what is behind them.
        "DOWNTIME_RATE_LIMITS": "false",
    }


def _keep_own_secrets(stack: Stack, kept: Marks) -> None:
    """Mark the keys and passwords that the stack made for itself, and every hash of a password."""
    kept.add("hash", "$argon2id$")
    for file in (stack.directory / "secrets").iterdir():
        secret = file.read_text().strip()
        kept.add(f"own {file.name}", secret if "\n" in secret else secret.rpartition(":")[2])


def _notify(stack: Stack, story: Story) -> None:
    user, kept = story.user, story.kept
    people.log_in(user, kept)
    people.invite(user, kept)
    people.let_machines_in(user, kept)
    story.watch()
    story.be_told()
    story.subscribe()
    story.be_pinged()
    story.wait()
    story.take_out()
    story.look_around()
    for file in (stack.directory / "inbox").rglob("*.*"):
        for number, link in enumerate(_LINK.findall(file.read_bytes())):
            kept.add(f"link {file.name} {number}", re.sub(r"=?[\r\n]+", "", link.decode()))
    assert mishaps.err_everywhere(user, kept) > 100
    mishaps.err_in_the_protocol(user, kept)
    for token in (stack.environment["DOWNTIME_METRICS_TOKEN"], kept.add("guess", marks.new())):
        user.send("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
    _break(stack, story)
    for task in ("list", "rotate", "rewrap"):
        stack.run(["downtime", "keys", task])
    story.change_and_end()


def _break(stack: Stack, story: Story) -> None:
    """Let writes fail while people and workers go on."""
    assert stack.postgres
    with mishaps.broken(stack.postgres.url()):
        mishaps.err_inside(story.user, story.kept)
        log = stack.directory / "log" / "worker-dispatch.1.log"
        eventually(
            lambda: b"It is broken" in log.read_bytes(),
            seconds=_PATIENCE_SECONDS,
            what="a worker to fail",
        )
