"""A mail server that misbehaves as told: each command has a scripted answer."""

import socket
from collections.abc import Mapping

from tests.notifiers.misbehaving import Misbehaving

HANG, CLOSE, DRIP = "hang", "close", "drip"
CLOSE_IN_MESSAGE = "354 go on, said before hanging up"
_GOOD = {
    "GREETING": "220 mail.example ready",
    "EHLO": "250-mail.example\r\n250-AUTH PLAIN\r\n250 SIZE 1000000",
    "HELO": "250 mail.example",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "MESSAGE": "250 queued as 42",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


class MailServer(Misbehaving):
    """Answers one connection after the other; `said` is what each client sent, line by line.

    A command is told to `HANG` (say nothing any more), `CLOSE`, or `DRIP` one byte a time; `DATA` to
    `CLOSE_IN_MESSAGE`.
    """

    scheme = "smtp"

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.answers = _GOOD | dict(answers or {})
        self.said: list[str] = []

    @property
    def commands(self) -> list[str]:
        return [line.split(" ")[0].upper() for line in self.said]

    def _serve_one(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            going = self._answer(connection, "GREETING")
            in_message = False
            while going and (line := lines.readline()):
                text = line.decode().rstrip("\r\n")
                if in_message and text != ".":
                    continue
                command = "MESSAGE" if in_message else text.split(" ")[0].upper()
                self.said.append(text)
                going = self._answer(connection, command)
                in_message = command == "DATA" and self.answers["DATA"].startswith("354")

    def _answer(self, connection: socket.socket, command: str) -> bool:
        answer = self.answers.get(command, "502 what?")
        if answer == HANG:
            self._over.wait()
        elif answer == DRIP:
            while not self._over.wait(0.05):
                connection.sendall(b"2")
        elif answer != CLOSE:
            connection.sendall(f"{answer}\r\n".encode())
            return command != "QUIT" and answer != CLOSE_IN_MESSAGE
        return False
