"""Secrets that are put into each kind of place to be found there: else a search that finds nothing says nothing."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable

from celery import Celery
from redis import Redis

from config.broker import kombu_url
from devstack.stack import Stack
from tests.canary import marks
from tests.canary.places import Processes
from tests.canary.recorder import Recorder
from tests.e2e.patience import eventually
from tests.servers.flower import FlowerClient

NAME = "planted"
_PATIENCE_SECONDS = 60


def plant(stack: Stack, user: Recorder, flower: FlowerClient, processes: Processes) -> str:
    """Put one secret into a log, a row, an answer, a mail, Redis, Flower and a process."""
    mark = marks.new()
    stack.run([sys.executable, "-c", f"print({b64encode(mark.encode())!r})"])
    user.post("/contact-groups", {"name": mark})
    mail = stack.directory / "inbox" / "mail" / "planted.eml"
    mail.write_bytes(mark.encode().hex().encode())
    _into_redis(stack, flower, mark)
    _into_a_process(processes, mark)
    return mark


def _into_redis(stack: Stack, flower: FlowerClient, mark: str) -> None:
    """Keep it there, and tell it to Flower as workers tell of themselves."""
    assert stack.redis
    with Redis.from_url(stack.redis.url) as client:
        client.set("planted", mark)
    with Celery(broker=kombu_url(stack.redis.url)) as application:
        with application.events.default_dispatcher(hostname=mark) as dispatcher:
            dispatcher.send("worker-online", sw_ident=mark)
        _wait(lambda: mark in flower.ask("GET", "/workers?json=1").text, "Flower")


def _into_a_process(processes: Processes, mark: str) -> None:
    program = "import sys; sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, mark],
        stdin=subprocess.PIPE,
        env=os.environ | {"PLANTED": mark},
    )
    with process:
        sought = mark.encode()
        _wait(lambda: sought in processes.command_lines(), "the command lines")
        _wait(lambda: sought in processes.environments(), "the environments")
        process.communicate(b"")


def _wait(look: Callable[[], bool], what: str) -> None:
    eventually(look, seconds=_PATIENCE_SECONDS, what=f"what was planted to reach {what}")
