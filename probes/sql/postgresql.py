"""The protocol 3.0 of PostgreSQL, as far as a check needs it: a login and one query.

The query runs by the extended protocol, in which the server itself refuses more than one statement,
and in a transaction that it was told is read-only.
"""

import struct
from hashlib import md5

from domain.evaluation.outcome import Cause
from probes.async_probe import Failed, failed
from probes.network.stream import Stream
from probes.sql import values
from probes.sql.connection import (
    MessageCount,
    StartTls,
    login_refused,
    no_such_method,
    no_tls,
    not_spoken,
    parsing,
    query_refused,
    refused,
)
from probes.sql.scram import NOT_PROVED, Scram, ScramError
from probes.sql.values import Value

PORT = 5432
_NAME = "PostgreSQL"
_VERSION = 196_608
_TLS_REQUEST = struct.pack("!II", 8, 80_877_103)
_TERMINATE = b"X\0\0\0\x04"
_SYNC = b"S\0\0\0\x04"
_HEADER = struct.Struct("!cI")
_LONG, _SIGNED, _SHORT = struct.Struct("!I"), struct.Struct("!i"), struct.Struct("!H")
_STATE, _SAID = b"C", b"M"
_ACCEPTED, _CLEAR, _MD5, _SASL, _CHALLENGE = 0, 3, 5, 10, 11
_METHODS = {2: b"Kerberos V5", 6: b"SCM", 7: b"GSSAPI", 9: b"SSPI"}
_MECHANISM = b"SCRAM-SHA-256"
_BOOLEAN = 16
_NUMBERS = frozenset({20, 21, 23, 26, 700, 701, 1700})
"""The OIDs of types: int8, int2, int4, oid, float4, float8, numeric."""
_CAUSES = {b"57014": Cause.TIMEOUT, b"42501": Cause.AUTHORIZATION}
"""By the SQLSTATE of a query that was canceled, or that the user has no right to."""
_OF_LOGINS = b"28"
"""The class of SQLSTATE of refused logins."""


class PostgresqlConnection:
    """One connection to a server of PostgreSQL, or of anything that speaks its protocol."""

    def __init__(self, stream: Stream, database: str) -> None:
        self._stream = stream
        stream.is_text = False
        self._database = database
        self._count = MessageCount()

    async def open(self, start_tls: StartTls | None) -> None:
        if not start_tls:
            return
        self._stream.step("starttls")
        await self._stream.write(_TLS_REQUEST, shown=b"SSLRequest")
        answer = await self._stream.read_exactly(1)
        if answer == b"N":
            raise no_tls()
        if answer != b"S":
            raise not_spoken(_NAME, answer + self._stream.unread())
        await start_tls()

    async def log_in(self, user: str, password: str) -> None:
        self._stream.step("login")
        words = f"StartupMessage: user {user}, database {self._database}"
        await self._stream.write(_startup(user, self._database), shown=words.encode())
        await self._authenticate(user, password)
        while True:
            kind, body = await self._next()
            if kind == b"E":
                raise _login_failure(body, user)
            if kind == b"Z":
                self._stream.note("ReadyForQuery")
                return

    async def first_value(self, query: str, seconds: float) -> tuple[Value, ...]:
        milliseconds = max(1, int(seconds * 1000))
        begin = f"BEGIN READ ONLY; SET LOCAL statement_timeout = {milliseconds}"
        self._stream.step("query")
        await self._stream.write(_message(b"Q", _text(begin)), shown=f"{begin};\n".encode())
        await self._until_ready()
        await self._stream.write(_run_once(query), shown=query.encode())
        type_of_value = 0
        found: tuple[Value, ...] = ()
        while True:
            kind, body = await self._next()
            if kind == b"E":
                raise _query_failure(body)
            if kind == b"Z":
                return found
            with parsing(_NAME):
                if kind == b"T":
                    type_of_value = _first_type(body)
                if kind == b"D":
                    found = _first_value(body, type_of_value)

    async def close(self) -> None:
        self._stream.step("farewell")
        await self._stream.write(_TERMINATE, shown=b"Terminate")

    async def _authenticate(self, user: str, password: str) -> None:
        """Answer what the server demands, until it accepts the login."""
        scram: Scram | None = None
        while True:
            kind, body = await self._next(begins_with=b"RE")
            if kind == b"E":
                raise _login_failure(body, user)
            with parsing(_NAME):
                method = _LONG.unpack_from(body)[0]
            if method == _ACCEPTED:
                _refuse_unproved(scram)
                return
            if method == _SASL:
                if scram:
                    raise _untrusted(ScramError("it begins the login again"))
                scram = _scram(body, password)
            answer = _answer(method, body, user, password, scram)
            if answer:
                await self._stream.write(answer, shown=b"\nPasswordMessage")

    async def _until_ready(self) -> None:
        while True:
            kind, body = await self._next()
            if kind == b"E":
                raise query_refused(Cause.ANSWER, _fields(body).get(_SAID, b""))
            if kind == b"Z":
                return

    async def _next(self, *, begins_with: bytes = b"") -> tuple[bytes, bytes]:
        """Return the kind and the body of the next message.

        If `begins_with` is given, the server has to speak PostgreSQL with one of these kinds.
        """
        head = await self._stream.read_exactly(_HEADER.size)
        kind, size = _HEADER.unpack(head)
        if size < _LONG.size or (begins_with and kind not in begins_with):
            raise not_spoken(_NAME, head + self._stream.unread())
        self._count.take(size)
        return kind, await self._stream.read_exactly(size - _LONG.size)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + _LONG.pack(len(body) + _LONG.size) + body


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _startup(user: str, database: str) -> bytes:
    named = {
        "user": user,
        "database": database,
        "application_name": "downtime-monitor",
        "client_encoding": "UTF8",
    }
    # An empty user is sent: the server refuses it in the words of a refused login.
    given = {name: value for name, value in named.items() if value or name == "user"}
    fields = b"".join(_text(name) + _text(value) for name, value in given.items())
    body = _LONG.pack(_VERSION) + fields + b"\0"
    return _LONG.pack(len(body) + _LONG.size) + body


def _run_once(query: str) -> bytes:
    """Write the messages that prepare a query, run it, and fetch one row."""
    parse = _message(b"P", b"\0" + _text(query) + b"\0\0")
    bind = _message(b"B", bytes(8))
    describe = _message(b"D", b"P\0")
    execute = _message(b"E", b"\0" + _LONG.pack(1))
    return parse + bind + describe + execute + _SYNC


def _scram(body: bytes, password: str) -> Scram:
    offered = body[_LONG.size :].split(b"\0")
    if _MECHANISM not in offered:
        raise no_such_method(offered[0])
    return Scram(password)


def _answer(method: int, body: bytes, user: str, password: str, scram: Scram | None) -> bytes:
    """Return the answer to one demand of the server; the end of SCRAM has none."""
    if method == _CLEAR:
        return _message(b"p", _text(password))
    if method == _MD5:
        return _message(b"p", _hashed(user, password, body[_LONG.size :]))
    if scram is None:
        raise no_such_method(_METHODS.get(method, b"method %d" % method))
    try:
        if method == _SASL:
            first = scram.first
            return _message(b"p", _MECHANISM + b"\0" + _LONG.pack(len(first)) + first)
        if method == _CHALLENGE:
            return _message(b"p", scram.answer(body[_LONG.size :]))
        scram.check(body[_LONG.size :])
    except ScramError as error:
        raise _untrusted(error) from error
    return b""


def _hashed(user: str, password: str, salt: bytes) -> bytes:
    """Return the answer to the method `md5`, which the protocol prescribes."""
    inner = md5(f"{password}{user}".encode(), usedforsecurity=False).hexdigest()
    return _text("md5" + md5(inner.encode() + salt, usedforsecurity=False).hexdigest())


def _refuse_unproved(scram: Scram | None) -> None:
    if scram and not scram.is_proved:
        raise _untrusted(ScramError(NOT_PROVED))


def _untrusted(error: ScramError) -> Failed:
    detail = f"The login failed because of the server: {error}."
    return failed(Cause.AUTHORIZATION, detail)


def _fields(body: bytes) -> dict[bytes, bytes]:
    """Return the fields of an error by their codes."""
    return {field[:1]: field[1:] for field in body.split(b"\0") if field}


def _login_failure(body: bytes, user: str) -> Failed:
    fields = _fields(body)
    said = fields.get(_SAID, b"")
    if fields.get(_STATE, b"").startswith(_OF_LOGINS):
        return login_refused(user, said)
    return refused(said)


def _query_failure(body: bytes) -> Failed:
    fields = _fields(body)
    cause = _CAUSES.get(fields.get(_STATE, b""), Cause.ANSWER)
    return query_refused(cause, fields.get(_SAID, b""))


def _first_type(body: bytes) -> int:
    """Return the type of the first column, or 0 if there is none."""
    if not _SHORT.unpack_from(body)[0]:
        return 0
    after_name = body.index(b"\0", _SHORT.size) + 1
    table_and_column = _LONG.size + _SHORT.size
    return int(_LONG.unpack_from(body, after_name + table_and_column)[0])


def _first_value(body: bytes, type_of_value: int) -> tuple[Value, ...]:
    if not _SHORT.unpack_from(body)[0]:
        return ()
    (size,) = _SIGNED.unpack_from(body, _SHORT.size)
    if size < 0:
        return (None,)
    start = _SHORT.size + _SIGNED.size
    value = body[start : start + size]
    if type_of_value == _BOOLEAN:
        return (value == b"t",)
    return (values.number(value) if type_of_value in _NUMBERS else values.text(value),)
