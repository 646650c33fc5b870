"""A user of the API: nothing but HTTP, as a stranger's program would speak it."""

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.e2e.patience import eventually

_TIMEOUT_SECONDS = 20
_PASSWORD = "a long enough password"
_PATIENCE_SECONDS = 90
_QUESTION = re.compile(r"https?://\S+/links/confirm/\S+")

Json = Any
"""Whatever JSON may hold: tests look into it and fail where it is not as they expect."""


class RefusedError(AssertionError):
    """The answer was not the success that the test counted on."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Json


@dataclass(slots=True)
class Client:
    """One member of one organization; `token` is empty until they came in."""

    url: str
    token: str = field(default="", repr=False)

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Answer:
        """Send one request and return the answer, whatever it is."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_TIMEOUT_SECONDS)
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        target = f"{path}?{urlencode(query)}" if query else path
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, target, body=content, headers=headers)
            response = connection.getresponse()
            text = response.read()
            return Answer(response.status, _parsed(text))
        finally:
            connection.close()

    def get(self, path: str, **query: object) -> Json:
        return _accepted(lambda: self.ask("GET", f"/api/v1{path}", **query))

    def post(self, path: str, body: object = None) -> Json:
        return _accepted(lambda: self.ask("POST", f"/api/v1{path}", body))

    def all_of(self, path: str, **query: object) -> list[Json]:
        """Collect the items of a list, page by page."""
        found: list[Json] = []
        cursor: dict[str, object] = {}
        while True:
            page = self.get(path, **query, **cursor)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}


def _accepted(ask: Callable[[], Answer]) -> Json:
    """Return what comes; while the service says to try again soon, nothing is done, and do so."""

    def look() -> Answer | None:
        answer = ask()
        return None if answer.status == HTTPStatus.SERVICE_UNAVAILABLE else answer

    answer = eventually(look, seconds=_PATIENCE_SECONDS, what="the service to be there")
    if not 200 <= answer.status < 300:
        raise RefusedError(f"{answer.status}: {answer.body}")
    return answer.body


def credentials(name: str) -> dict[str, str]:
    """Return what the owner of an organization comes in with."""
    return {"email": f"owner@{name.lower()}.example", "password": _PASSWORD}


def register(url: str, name: str) -> Client:
    """Found an organization, by the link in the mail that comes then, and be its owner."""
    client, owner = Client(url), credentials(name)
    client.post("/auth/register", {**owner, "organization_name": name})
    token = mailed_token(client, owner["email"], "registration")
    body = {"token": token, "password": _PASSWORD}
    return Client(url, client.post("/auth/confirm-registration", body)["access_token"])


def login(url: str, name: str) -> Client:
    """Come in again as the owner of an organization that `register` founded."""
    return Client(url, Client(url).post("/auth/login", credentials(name))["access_token"])


def mailed_token(client: Client, address: str, what: str) -> str:
    """Wait for a mail about an account, and return the token in its link."""
    return mailed_link(client, address, what).rpartition("/")[2]


def mailed_link(client: Client, address: str, what: str) -> str:
    """Wait for a mail about an account, and return its link."""
    pattern = re.compile(rf"https?://\S+/links/{what}/\S+")
    links = eventually(
        lambda: _links(client, address, pattern),
        seconds=_PATIENCE_SECONDS,
        what=f"the mail about {what} to {address}",
    )
    return links[0]


def contact_group(client: Client, name: str, channels: dict[str, str]) -> str:
    """Make one contact with an address for each kind of channel, alone in a group; return its id.

    Each address agrees to get messages, by the link in the question that it was sent.
    """
    listed = [{"kind": kind, "address": address} for kind, address in channels.items()]
    contact = client.post("/contacts", {"name": name, "channels": listed})
    for address in channels.values():
        _agree(client, address)
    group = client.post("/contact-groups", {"name": name, "contact_ids": [contact["id"]]})
    return str(group["id"])


def is_question(message: Json) -> bool:
    """Tell whether a message of the inbox asks its reader to agree to get others."""
    return _QUESTION.search(_words(message)) is not None


def _agree(client: Client, address: str) -> None:
    found = eventually(
        lambda: _links(client, address, _QUESTION),
        seconds=_PATIENCE_SECONDS,
        what=f"the question to {address}",
    )
    _accepted(lambda: client.ask("POST", urlsplit(found[0]).path))


def _links(client: Client, address: str, pattern: re.Pattern[str]) -> list[str]:
    """Return the links of one kind that an address got, the newest first."""
    inbox = client.ask("GET", "/dev/inbox").body
    messages = [each for each in (*inbox["mails"], *inbox["texts"]) if each["to"] == address]
    return [link for each in messages for link in pattern.findall(_words(each))]


def _words(message: Json) -> str:
    return str(message.get("text") or message.get("body"))


def _parsed(text: bytes) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")
