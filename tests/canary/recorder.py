"""A user of the API who writes down every answer, to be searched later."""

import http.client
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.e2e.client import Answer, Client

_TIMEOUT_SECONDS = 60


@dataclass(slots=True)
class Recorder(Client):
    """What is `revealing` shows a secret, once and by design: of such an answer the headers count."""

    answers: dict[str, bytes] = field(default_factory=dict, repr=False)

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Answer:
        target = f"{path}?{urlencode(query)}" if query else path
        content = None if body is None else json.dumps(body)
        return self.send(method, target, content)

    def reveal(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Any:  # noqa: ANN401 - any JSON
        """Ask for what is shown once."""
        content = None if body is None else json.dumps(body)
        return self.send(method, f"/api/v1{path}", content, headers, revealing=True).body

    def send(
        self,
        method: str,
        target: str,
        content: str | None = None,
        headers: dict[str, str] | None = None,
        *,
        revealing: bool = False,
    ) -> Answer:
        """Send what it is told to, and return the answer, whatever it is."""
        place = urlsplit(self.url).netloc
        connection = http.client.HTTPConnection(place, timeout=_TIMEOUT_SECONDS)
        known = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        kind = {"Content-Type": "application/json"} if content is not None else {}
        try:
            connection.request(method, target, content, {**known, **kind, **(headers or {})})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        # The inbox of development is where its mails are read.
        kept = b"" if revealing or target == "/dev/inbox" else text
        name = f"{len(self.answers)} {method} {urlsplit(target).path} {response.status}"
        self.answers[name] = bytes(response.headers) + kept
        return Answer(response.status, _parsed(text))

    def make(self, path: str, **body: object) -> Any:  # noqa: ANN401 - any JSON
        """Make something whose answer shows a secret."""
        made = self.reveal("POST", path, body)
        assert "id" in made, made
        return made


def refused(answer: Answer) -> bool:
    return answer.status >= HTTPStatus.BAD_REQUEST


def _parsed(text: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")
