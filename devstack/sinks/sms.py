"""An SMS gateway with the API of Twilio: `python -m devstack.sinks.sms --port 8025`.

It keeps texts and calls.
"""

import json
import re
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hmac import compare_digest
from html import unescape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from config.settings import load
from devstack.sinks.inbox import keep
from devstack.sinks.serve import directory_of, parser, serve

_LARGEST = 64 * 1024
_LONGEST_TEXT = 1600
_SAID = re.compile(r"<Say>(.*?)</Say>", re.DOTALL)
_ASKED = re.compile(r'<Gather action="([^"]*)"')
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class SmsSink(ThreadingMixIn, TCPServer):
    """Serves in threads of its own; port 0 takes a free one."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, directory: Path, *, account: str, token: str, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.directory = directory
        of_account = f"/2010-04-01/Accounts/{account}"
        self.path, self.path_of_calls = f"{of_account}/Messages.json", f"{of_account}/Calls.json"
        self.authorization = "Basic " + b64encode(f"{account}:{token}".encode()).decode()
        super().__init__((host, port), _Request)
        self.host, self.port = host, self.socket.getsockname()[1]
        self._thread = Thread(target=self.serve_forever, args=(0.1,), name="SMS sink")

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def accept(self, form: Mapping[str, str], idempotency_key: str | None) -> dict[str, Any]:
        said = _words(form["Twiml"]) if "Twiml" in form else {"body": form["Body"]}
        message = {
            "sid": f"{'CA' if 'Twiml' in form else 'SM'}{uuid.uuid4().hex}",
            "to": form["To"],
            "from": form["From"],
            **said,
            "idempotency_key": idempotency_key,
            "received_at": datetime.now(UTC).isoformat(),
        }
        keep(self.directory, ".json", json.dumps(message, ensure_ascii=False).encode())
        return {**message, "status": "queued"}

    def messages(self) -> list[Any]:
        """Return the accepted messages, newest first."""
        files = sorted(self.directory.glob("*.json"), reverse=True)
        return [json.loads(file.read_bytes()) for file in files]


class _Request(BaseHTTPRequestHandler):
    server: SmsSink
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        if self._allowed():
            self._answer(HTTPStatus.OK, {"messages": self.server.messages()})

    def do_POST(self) -> None:
        form = self._form()
        if not self._allowed():
            return
        if problem := _problem(form, is_call=self._place() == self.server.path_of_calls):
            self._refuse(HTTPStatus.BAD_REQUEST, *problem)
        else:
            kept = self.server.accept(form, self.headers.get("Idempotency-Key"))
            self._answer(HTTPStatus.CREATED, kept)

    def log_message(self, *_: object) -> None:
        """Log nothing: the texts are in the directory."""

    def _allowed(self) -> bool:
        given = self.headers.get("Authorization", "").encode()
        if not compare_digest(given, self.server.authorization.encode()):
            self._refuse(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")
            return False
        if self._place() not in {self.server.path, self.server.path_of_calls}:
            self._refuse(HTTPStatus.NOT_FOUND, 20404, "The requested resource was not found")
            return False
        return True

    def _place(self) -> str:
        return urlsplit(self.path).path

    def _form(self) -> dict[str, str]:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST:
            self.close_connection = True
            return {}
        body = self.rfile.read(int(length)).decode(errors="replace")
        return {name: values[0] for name, values in parse_qs(body).items()}

    def _refuse(self, status: HTTPStatus, code: int, message: str) -> None:
        self._answer(status, {"code": code, "message": message, "status": status.value})

    def _answer(self, status: HTTPStatus, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _words(twiml: str) -> dict[str, str]:
    """Return the spoken text, and the URL that receives a pressed key."""
    said, asked = _SAID.search(twiml), _ASKED.search(twiml)
    words = {"body": unescape(said.group(1)) if said else twiml}
    return words | ({"pressed": unescape(asked.group(1))} if asked else {})


def _problem(form: Mapping[str, str], *, is_call: bool) -> tuple[int, str] | None:
    """Return the gateway's error code and message for an invalid request, or None."""
    checks = (
        ("To" not in form, 21604, "A 'To' phone number is required."),
        ("From" not in form, 21603, "A 'From' phone number is required."),
        (is_call and "Twiml" not in form, 21205, "Url parameter is required."),
        (not is_call and "Body" not in form, 21602, "Message body is required."),
        (not _NUMBER.fullmatch(form.get("To", "")), 21211, "Invalid 'To' Phone Number"),
        (len(form.get("Body", "")) > _LONGEST_TEXT, 21617, "The message body is too long."),
    )
    return next(((code, words) for wrong, code, words in checks if wrong), None)


def main(argv: Sequence[str] | None = None) -> None:
    options = parser("devstack.sinks.sms", port=8025).parse_args(argv)
    settings = load()
    sink = SmsSink(
        directory_of(options.directory, "sms"),
        account=settings.sms_account,
        token=settings.sms_token.get_secret_value(),
        host=options.host,
        port=options.port,
    )
    serve(sink)


if __name__ == "__main__":
    main()
