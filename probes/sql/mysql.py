"""The client protocol of MySQL and MariaDB, as far as a check needs it: a login and one query.

The client does not announce that it sends several statements at once, so the server refuses them. It
runs the query in a transaction that it was told is read-only.
"""

import struct
from dataclasses import dataclass

from domain.evaluation.outcome import Cause
from probes.async_probe import Failed, failed, quoted
from probes.network.stream import Stream
from probes.sql import mysql_passwords, values
from probes.sql.connection import (
    StartTls,
    login_refused,
    no_such_method,
    no_tls,
    not_spoken,
    parsing,
    query_refused,
    refused,
)
from probes.sql.mysql_packets import (
    END,
    ERROR,
    LOCAL_FILE,
    NAME,
    OK,
    Packets,
    ends_rows,
    length,
    server_error,
    until_nul,
)
from probes.sql.values import Value

PORT = 3306
_PROTOCOL = 10
_WITH_DATABASE, _TLS = 0x8, 0x800
_NEEDED = 0x200 | 0x2000 | 0x8000 | 0x80000
"""The protocol of 4.1, transactions, its logins, and methods of login by name."""
_LARGEST_PACKET = 64 * 1024
_UTF8MB4 = 45
_QUIT, _QUERY = b"\x01", b"\x03"
_MORE_DATA, _FAST, _FULL = 0x01, b"\x03", b"\x04"
_MOST_STEPS_OF_A_LOGIN = 6
_OF_LOGINS = b"28"
_NO_DATABASE_FOR_USER = 1044
_CAUSES = {
    **dict.fromkeys((1317, 1969, 3024), Cause.TIMEOUT),
    **dict.fromkeys((1142, 1143, 1227, 1370), Cause.AUTHORIZATION),
}
"""By the number of a query that was interrupted, or that the user has no right to."""
_NUMBERS = frozenset({0, 1, 2, 3, 4, 5, 8, 9, 13, 246})
"""The types of columns: integers, fixed and floating-point numbers, years."""
_BEFORE_TYPE = 6
"""A character set and the length of the column stand before its type."""


@dataclass(frozen=True, slots=True)
class _Greeting:
    """What a server says first. `nonce` is the challenge of the method of login `method`."""

    version: bytes
    can: int
    method: bytes
    nonce: bytes

    @property
    def is_mariadb(self) -> bool:
        return b"mariadb" in self.version.lower()


class MysqlConnection:
    """One connection to a server of MySQL or MariaDB, or of anything that speaks its protocol."""

    def __init__(self, stream: Stream, database: str) -> None:
        self._packets = Packets(stream)
        self._database = database
        self._can = _NEEDED | (_WITH_DATABASE if database else 0)
        self._greeting = _Greeting(b"", 0, b"", b"")

    async def open(self, start_tls: StartTls | None) -> None:
        self._packets.step("greeting")
        packet = await self._packets.read()
        if packet[0] == ERROR:
            raise refused(server_error(packet).said)
        if packet[0] != _PROTOCOL:
            raise not_spoken(NAME, packet)
        with parsing(NAME):
            self._greeting = _greeting(packet)
        self._packets.note(quoted(self._greeting.version))
        if not self._greeting.can & _NEEDED == _NEEDED:
            raise no_such_method(self._greeting.method or b"mysql_old_password")
        if start_tls:
            if not self._greeting.can & _TLS:
                raise no_tls()
            self._can |= _TLS
            self._packets.step("starttls")
            await self._packets.write(_hello(self._can), "SSLRequest")
            await start_tls()

    async def log_in(self, user: str, password: str) -> None:
        self._packets.step("login")
        method, nonce = self._greeting.method, self._greeting.nonce
        if not mysql_passwords.is_known(method):
            method = mysql_passwords.NATIVE
        proof = mysql_passwords.proof(method, password, nonce)
        body = _hello(self._can) + _text(user) + bytes((len(proof),)) + proof
        database = _text(self._database) if self._database else b""
        shown = f"HandshakeResponse: user {user}, database {self._database}\n"
        await self._packets.write(body + database + method + b"\0", shown)
        for _ in range(_MOST_STEPS_OF_A_LOGIN):
            packet = await self._packets.read()
            if packet[0] == OK:
                self._packets.note("OK")
                return
            if packet[0] == ERROR:
                raise _login_failure(packet, user)
            answer = self._answer(packet, password)
            if answer is not None:
                await self._packets.write(answer, "password\n")
        raise no_such_method(method)

    async def first_value(self, query: str, seconds: float) -> tuple[Value, ...]:
        self._packets.step("query")
        await self._command(_limits(seconds, is_mariadb=self._greeting.is_mariadb))
        await self._command("START TRANSACTION READ ONLY")
        await self._packets.write(_QUERY + query.encode(), query, is_first=True)
        packet = await self._packets.read()
        _refuse(packet)
        if packet[0] == OK:
            return ()
        if packet[0] == LOCAL_FILE:
            raise failed(Cause.PROTOCOL, "The server asked for a file of this service.")
        type_of_value = await self._type_of_first_column()
        packet = await self._packets.read()
        _refuse(packet)
        if ends_rows(packet):
            return ()
        with parsing(NAME):
            return (_first_value(packet, type_of_value),)

    async def close(self) -> None:
        self._packets.step("farewell")
        await self._packets.write(_QUIT, "COM_QUIT", is_first=True)

    async def _command(self, command: str) -> None:
        await self._packets.write(_QUERY + command.encode(), f"{command};\n", is_first=True)
        packet = await self._packets.read()
        _refuse(packet)
        if packet[0] != OK:
            raise not_spoken(NAME, packet)

    async def _type_of_first_column(self) -> int:
        """Read the columns of the answer, and return the type of the first one."""
        packet = await self._packets.read()
        with parsing(NAME):
            found = _type_of_column(packet)
        while not ends_rows(packet):
            packet = await self._packets.read()
        return found

    def _answer(self, packet: bytes, password: str) -> bytes | None:
        """Return the answer to one demand of the server, or None if it waits for none."""
        if packet[0] == END:
            method, _, nonce = packet[1:].partition(b"\0")
            return self._proof(method, password, nonce.rstrip(b"\0"))
        if packet == bytes((_MORE_DATA,)) + _FAST:
            return None
        if packet == bytes((_MORE_DATA,)) + _FULL:
            return self._in_clear(password)
        raise not_spoken(NAME, packet)

    def _proof(self, method: bytes, password: str, nonce: bytes) -> bytes:
        if mysql_passwords.is_known(method):
            return mysql_passwords.proof(method, password, nonce)
        if method in mysql_passwords.IN_CLEAR:
            return self._in_clear(password)
        raise no_such_method(method or b"mysql_old_password")

    def _in_clear(self, password: str) -> bytes:
        if not self._can & _TLS:
            detail = "The server accepts this password over TLS only."
            raise failed(Cause.AUTHORIZATION, detail)
        return _text(password)


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _hello(can: int) -> bytes:
    """Write what begins both the request for TLS and the login."""
    return struct.pack("<IIB23x", can, _LARGEST_PACKET, _UTF8MB4)


def _greeting(packet: bytes) -> _Greeting:
    version, at = until_nul(packet, 1)
    nonce, low = packet[at + 4 : at + 12], struct.unpack_from("<H", packet, at + 13)[0]
    at += 15
    if len(packet) == at:
        return _Greeting(version, low, b"", nonce)
    _, _, high, size = struct.unpack_from("<BHHB", packet, at)
    at += 16
    more = packet[at : at + max(13, size - 8)]
    method = packet[at + len(more) :].partition(b"\0")[0]
    return _Greeting(version, low | high << 16, method, nonce + more.rstrip(b"\0"))


def _limits(seconds: float, *, is_mariadb: bool) -> str:
    """Return the command that has the server end the query in time, and after one row."""
    if is_mariadb:
        return f"SET SESSION sql_select_limit = 1, max_statement_time = {max(0.001, seconds):.3f}"
    milliseconds = max(1, int(seconds * 1000))
    return f"SET SESSION sql_select_limit = 1, max_execution_time = {milliseconds}"


def _login_failure(packet: bytes, user: str) -> Failed:
    error = server_error(packet)
    if error.state.startswith(_OF_LOGINS) or error.number == _NO_DATABASE_FOR_USER:
        return login_refused(user, error.said)
    return refused(error.said)


def _refuse(packet: bytes) -> None:
    """Raise the failure that a packet reports, if it reports one."""
    if packet[0] == ERROR:
        error = server_error(packet)
        raise query_refused(_CAUSES.get(error.number, Cause.ANSWER), error.said)


def _type_of_column(packet: bytes) -> int:
    at = 0
    for _ in range(6):  # catalog, schema, table, original table, name, original name
        size, at = length(packet, at)
        at += size
    _, at = length(packet, at)
    return packet[at + _BEFORE_TYPE]


def _first_value(packet: bytes, type_of_value: int) -> Value:
    if packet[0] == LOCAL_FILE:  # In a row, this byte means NULL.
        return None
    size, start = length(packet, 0)
    value = packet[start : start + size]
    return values.number(value) if type_of_value in _NUMBERS else values.text(value)
