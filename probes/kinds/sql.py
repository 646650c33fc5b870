"""The kind `sql`: a database of PostgreSQL, MySQL or MariaDB that answers a query.

The query only reads: `probes/sql/query.py` says how that is ensured.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar
from urllib.parse import quote, unquote

from pydantic import Field, StrictBool, field_validator

from probes.assertions.base import ProbedResponse
from probes.assertions.budget import Budget
from probes.assertions.settings import ValueAssertions
from probes.assertions.verdict import asserted, failure_of, judged
from probes.async_probe import UP, LoginSettings, result_of, settings_of
from probes.auth.logins import Login, login_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import split_endpoint
from probes.exchange import Response
from probes.network.network import Network
from probes.network.stream import Stream
from probes.sql import mysql, postgresql
from probes.sql.connection import Connection, LoginRefused
from probes.sql.mysql import MysqlConnection
from probes.sql.postgresql import PostgresqlConnection
from probes.sql.query import LONGEST, checked
from probes.sql.values import Value
from probes.urls import Url, UrlError

PORTS: dict[str, int | None] = {"postgresql": postgresql.PORT, "mysql": mysql.PORT}
_CONNECTIONS: Mapping[str, Callable[[Stream, str], Connection]] = {
    "postgresql": PostgresqlConnection,
    "mysql": MysqlConnection,
}
_PATH = re.compile(r"/([^/?#]*)")
_LONGEST_NAME = 63


class SqlSettings(LoginSettings):
    """The query, and what its answer must satisfy."""

    example: ClassVar[Example] = Example(
        "postgresql://db.example.com/shop",
        {
            "query": "SELECT count(*) FROM orders",
            "assertions": [{"type": "value", "comparison": ">", "value": 0}],
        },
    )

    query: str = Field(
        default="SELECT 1",
        max_length=LONGEST,
        description=("One statement that reads. The server runs it in a read-only transaction."),
    )
    assertions: ValueAssertions = ()
    starttls: StrictBool = Field(default=True, description="Whether the change to TLS is required.")
    accept_refusal: StrictBool = Field(
        default=False,
        description="Whether a server that requires a login counts as up if there is none.",
    )

    @field_validator("query")
    @classmethod
    def _check_query(cls, text: str) -> str:
        return checked(text)


def validate_url(text: str) -> str:
    url, database = _parse(text)
    return f"{url.text}/{quote(database, safe='')}" if database else url.text


def _parse(text: str) -> tuple[Url, str]:
    """Return the place of a server, and the name of its database, which may be empty."""
    url, rest = split_endpoint(text, PORTS)
    path = _PATH.fullmatch(rest or "/")
    if not path:
        raise UrlError("After the host and port, only the name of a database is accepted.")
    database = unquote(path[1])
    if len(database.encode()) > _LONGEST_NAME or not database.isprintable():
        raise UrlError("The name of a database may have at most 63 printable characters.")
    return url, database


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Log in, run the query, and judge the first value of its answer."""
    settings = settings_of(target, SqlSettings)
    url, database = _parse(target.url)
    login = login_of(
        target, encrypted=settings.starttls, allow_plaintext=settings.allow_plaintext_credentials
    )
    stream = await network.connect(url, settings.ip_version, any_port=True)
    connection = _CONNECTIONS[url.scheme](stream, database)
    change = partial(network.start_tls, stream, url.host, verify=settings.verify_tls)
    await connection.open(change if settings.starttls else None)
    try:
        await _log_in(connection, login)
    except LoginRefused as refused:
        if login:
            raise login.refused(str(refused)) from refused
        if settings.accept_refusal:
            return UP
        raise
    found = await connection.first_value(settings.query, network.clock.seconds_left)
    stream.note(json.dumps(found, ensure_ascii=False))
    with suppress(OSError):
        await connection.close()
    return _judged(found, target, settings, network)


async def _log_in(connection: Connection, login: Login | None) -> None:
    if login is None:
        await connection.log_in("", "")
        return
    await connection.log_in(login.username, login.password)
    login.accepted()


def _judged(
    found: tuple[Value, ...], target: Target, settings: SqlSettings, network: Network
) -> ProbeResult:
    if not settings.assertions:
        return UP
    body = json.dumps(found, ensure_ascii=False).encode(errors="replace")
    took = network.clock.timings().total // 1000
    budget = Budget.of(settings.assertions)
    answer = ProbedResponse(Response(body=body), target.url, took, budget)
    verdicts = judged(settings.assertions, answer)
    failure = failure_of(verdicts)
    result = result_of(failure) if failure else UP
    return replace(result, assertions=asserted(verdicts)) if target.note_steps else result
