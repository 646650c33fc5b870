"""Somebody at Flower's port."""

import http.client
import json
import re
from base64 import b64encode
from dataclasses import dataclass
from email.message import Message
from typing import Any

from flower.urls import handlers

ASK = "/tasks/datatable"
ASKED = "draw=1&start=0&length=9&order[0][column]=0&order[0][dir]=asc&columns[0][data]=name"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    text: str


@dataclass(frozen=True)
class FlowerClient:
    """Sends these headers with each request."""

    port: int
    headers: dict[str, str]

    def ask(self, method: str, path: str, body: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body or None, self.headers | (_FORM if body else {}))
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            return Answer(response.status, response.headers, text)
        finally:
            connection.close()

    def sending(self, **headers: str) -> "FlowerClient":
        named = {name.replace("_", "-"): each for name, each in headers.items()}
        return FlowerClient(self.port, self.headers | named)

    def knowing(self, entry: str) -> "FlowerClient":
        return self.sending(Authorization=basic(entry))

    def everything(self) -> str:
        """Read each of its pages, and those about each worker and task that it knows."""
        workers: dict[str, Any] = json.loads(self.ask("GET", "/api/workers?refresh=1").text)
        tasks: dict[str, Any] = json.loads(self.ask("GET", "/api/tasks").text)
        dedup_key = [(task, f"/{at}/{task}") for task in tasks for at in ("task", "api/task/info")]
        dedup_key += [(each, f"/worker/{each}") for each in workers]
        dedup_key += [(each, f"/api/workers?workername={each}&refresh=1") for each in workers]
        read = [self.ask("GET", path) for _, path in dedup_key]
        read += [self.ask(method, path) for path in paths() for method in ("GET", "POST")]
        read.append(self.ask("POST", ASK, ASKED))
        return "\n".join(f"{each.headers}{each.text}" for each in read)


def paths() -> list[str]:
    """Give a path for each handler of the installed Flower, and one for none."""
    patterns = [getattr(each, "regex", None) or re.compile(each[0]) for each in handlers]
    texts = [each.pattern.removesuffix("$").removesuffix("/?") for each in patterns]
    named = [text.replace("(.+)", "x@y").replace("(.*)", "css/flower.css") for text in texts]
    return ["/no-such-page" if text == ".*" else text for text in named]


def basic(entry: str) -> str:
    return f"Basic {b64encode(entry.encode()).decode()}"
