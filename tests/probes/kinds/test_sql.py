"""The kind `sql`, against PostgreSQL and MariaDB."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult, Target
from probes.engine.one_off_check import check_once
from probes.kinds.sql import SqlSettings, validate_url
from probes.urls import UrlError
from security.egress.guard import EgressPolicy
from tests.probes.conftest import Prober, target_of
from tests.probes.kinds.logging_in import check, logged_in
from tests.probes.kinds.test_contract import saying
from tests.servers.certificates import Certificates
from tests.servers.mariadb import mariadb
from tests.servers.postgresql import PASSWORD, postgresql
from tests.servers.raw import RawServer

ORDERS = 5000
USERS = {"postgresql": "scram", "mysql": "native"}
IS_TRUE = {"type": "value", "value": True}


@pytest.fixture(scope="module")
def postgres(certificates: Certificates) -> Iterator[int]:
    with postgresql(certificates) as port:
        yield port


@pytest.fixture(scope="module")
def maria(certificates: Certificates) -> Iterator[int]:
    with mariadb(certificates) as port:
        yield port


@pytest.fixture(params=USERS)
def database(request: pytest.FixtureRequest) -> str:
    """Return the address of the same database of both servers, one after the other."""
    servers = {"postgresql": "postgres", "mysql": "maria"}
    port = request.getfixturevalue(servers[request.param])
    return f"{request.param}://127.0.0.1:{port}/shop"


def of(url: str, *, timeout: float = 10, **settings: object) -> Target:
    return target_of("sql", validate_url(url), settings, timeout=timeout)


def ask(
    probe: Prober, url: str, query: str, *, timeout: float = 10, **settings: object
) -> ProbeResult:
    wanted = target_of("sql", validate_url(url), {"query": query, **settings}, timeout=timeout)
    return check(probe, wanted, USERS[url.partition(":")[0]], PASSWORD)


def value(expected: object, comparison: str = "==") -> dict[str, object]:
    return {"type": "value", "comparison": comparison, "value": expected}


def test_a_database_that_answers_over_tls_is_up(probe: Prober, database: str) -> None:
    wanted = replace(of(database), note_expiry=True)
    result = check(probe, wanted, USERS[database.partition(":")[0]], PASSWORD)
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert result.timings.tls > 0
    assert result.expiry


@pytest.mark.parametrize("user", ["scram", "hashed", "clear", "trusted"])
def test_postgresql_takes_each_login(probe: Prober, postgres: int, user: str) -> None:
    url = f"postgresql://127.0.0.1:{postgres}/shop"
    for wanted in (of(url), of(url, starttls=False, allow_plaintext_credentials=True)):
        result = check(probe, wanted, user, PASSWORD)
        assert (result.outcome, result.detail) == (Outcome.UP, "")


@pytest.mark.parametrize(("user", "password"), [("native", PASSWORD), ("bare", "")])
def test_mariadb_takes_each_login(probe: Prober, maria: int, user: str, password: str) -> None:
    url = f"mysql://127.0.0.1:{maria}/shop"
    for wanted in (of(url), of(url, starttls=False, allow_plaintext_credentials=True)):
        result = check(probe, wanted, user, password)
        assert (result.outcome, result.detail) == (Outcome.UP, "")


def test_a_login_by_another_method_is_refused_by_its_name(
    probe: Prober, postgres: int, maria: int
) -> None:
    for url in (f"postgresql://127.0.0.1:{postgres}/shop", f"mysql://127.0.0.1:{maria}/shop"):
        result = check(probe, of(url), "system", PASSWORD)
        assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
        assert result.detail.startswith("The server refused the login: ")


def test_without_a_credential_the_server_requires_a_login(probe: Prober, database: str) -> None:
    result = probe.check(of(database))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The server requires a login."
    assert probe.check(of(database, accept_refusal=True)).outcome is Outcome.UP


def test_a_wrong_password_rests_after_the_second_refusal(probe: Prober, database: str) -> None:
    user = USERS[database.partition(":")[0]]
    wrong = logged_in(of(database, accept_refusal=True), user, "canary-of-a-password")
    results = [probe.check(wrong) for _ in range(3)]
    assert {(each.outcome, each.cause) for each in results} == {(Outcome.DOWN, Cause.AUTHORIZATION)}
    assert [each.timings.connect > 0 for each in results] == [True, True, False]
    assert "only some checks try it again" in results[2].detail
    assert "canary" not in repr(results)


def test_a_login_is_not_sent_in_clear_unless_that_is_allowed(probe: Prober, database: str) -> None:
    user = USERS[database.partition(":")[0]]
    result = check(probe, of(database, starttls=False), user, PASSWORD)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.timings.connect == 0


def test_an_unknown_database_is_down(probe: Prober, postgres: int, maria: int) -> None:
    result = ask(probe, f"postgresql://127.0.0.1:{postgres}/other", "SELECT 1")
    assert result.detail == 'The server refused: database "other" does not exist'
    result = ask(probe, f"mysql://127.0.0.1:{maria}/other", "SELECT 1")
    assert result.detail.endswith("to database 'other'")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT count(*) FROM orders", ORDERS),
        ("SELECT id FROM orders WHERE id > 7 ORDER BY id", 8),
        ("SELECT 1.50", 1.5),
        ("SELECT 'Größe'", "Größe"),
        ("SELECT NULL", None),
        ("WITH n AS (SELECT 7 AS x) SELECT x FROM n", 7),
        ("VALUES (3)", 3),
    ],
)
def test_the_first_value_keeps_its_type(
    probe: Prober, database: str, query: str, expected: object
) -> None:
    assert ask(probe, database, query, assertions=[value(expected)]).detail == ""
    other = ask(probe, database, query, assertions=[value("other")])
    assert (other.outcome, other.cause) == (Outcome.DOWN, Cause.ASSERTION)
    assert other.detail.startswith("First value: expected to be other, found ")


def test_a_boolean_of_postgresql_is_one(probe: Prober, postgres: int) -> None:
    url = f"postgresql://127.0.0.1:{postgres}/shop"
    assert ask(probe, url, "SELECT 1 < 2", assertions=[IS_TRUE]).outcome is Outcome.UP
    found = ask(probe, url, "SELECT 'NaN'::float8", assertions=[value(1, ">")])
    assert found.detail == "First value: expected to be more than 1, found NaN."


def test_an_answer_without_a_row_fails_every_assertion(probe: Prober, database: str) -> None:
    query = "SELECT id FROM orders WHERE id < 0"
    assert ask(probe, database, query).outcome is Outcome.UP
    result = ask(probe, database, query, assertions=[value(None, "exists")])
    assert result.detail == "First value: expected to exist, found no row."
    limits = [value(1, "<=") | {"outcome": "degraded"}]
    result = ask(probe, database, "SELECT count(*) FROM orders", assertions=limits)
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.ASSERTION)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT remove_orders()",
        "SELECT id FROM orders FOR UPDATE",
    ],
)
def test_no_query_writes_or_locks(probe: Prober, database: str, query: str) -> None:
    result = ask(probe, database, query)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail.startswith("The server refused the query: ")
    count = ask(probe, database, "SELECT count(*) FROM orders", assertions=[value(ORDERS)])
    assert count.outcome is Outcome.UP


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM orders RETURNING 1) SELECT 1",
        "SELECT nextval('numbers')",
        "SELECT 1 INTO copied",
        "SELECT set_config('transaction_read_only', 'off', true), remove_orders()",
    ],
)
def test_postgresql_refuses_to_write(probe: Prober, postgres: int, query: str) -> None:
    result = ask(probe, f"postgresql://127.0.0.1:{postgres}/shop", query)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)


@pytest.mark.parametrize("query", ["SELECT 1; SELECT 2", "COMMIT; DELETE FROM orders"])
def test_the_server_itself_refuses_two_statements(probe: Prober, database: str, query: str) -> None:
    """What the settings refuse reaches no server; here they are passed by."""
    settings = SqlSettings.model_construct(**(dict(SqlSettings()) | {"query": query}))
    wanted = replace(of(database), settings=settings)
    result = check(probe, wanted, USERS[database.partition(":")[0]], PASSWORD)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    count = ask(probe, database, "SELECT count(*) FROM orders", assertions=[value(ORDERS)])
    assert count.outcome is Outcome.UP


@pytest.mark.parametrize(
    ("query", "cause", "detail"),
    [
        ("SELECT nothing", Cause.ANSWER, "The server refused the query: "),
        ("SELECT FROM WHERE", Cause.ANSWER, "The server refused the query: "),
        ("SELECT id FROM secrets", Cause.AUTHORIZATION, "The server refused the query: "),
        (
            "SELECT repeat('x', 70000)",
            Cause.PROTOCOL,
            "The server sent a message of more than 64 KiB.",
        ),
    ],
)
def test_a_query_that_fails_is_down_with_the_reason(
    probe: Prober, database: str, query: str, cause: Cause, detail: str
) -> None:
    result = ask(probe, database, query)
    assert (result.outcome, result.cause) == (Outcome.DOWN, cause)
    assert result.detail.startswith(detail)


def test_the_server_ends_a_query_that_takes_too_long(
    probe: Prober, postgres: int, maria: int
) -> None:
    sleeping = {
        f"postgresql://127.0.0.1:{postgres}/shop": "SELECT pg_sleep(60)",
        f"mysql://127.0.0.1:{maria}/shop": "SELECT sleep(60)",
    }
    running = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sl%'",
        "mysql": "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT sl%'",
    }
    for url, query in sleeping.items():
        result = ask(probe, url, query, timeout=0.5)
        assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TIMEOUT)
        count = running[url.partition(":")[0]]
        assert _becomes(probe, url, count, 0)


def _becomes(probe: Prober, url: str, query: str, expected: int) -> bool:
    """Ask until the answer is this value; give up after some tries, which take a while each."""
    tries = (ask(probe, url, query, assertions=[value(expected)]) for _ in range(200))
    return any(each.outcome is Outcome.UP for each in tries)


def test_a_server_without_tls_is_not_asked_in_clear(probe: Prober) -> None:
    with RawServer(saying(b"N")) as server:
        result = ask(probe, f"postgresql://127.0.0.1:{server.port}", "SELECT 1")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.TLS)
    assert result.detail == "The server does not offer TLS."


def test_an_address_names_a_database_and_nothing_else() -> None:
    assert validate_url("postgresql://DB.example:5432/") == "postgresql://db.example"
    assert validate_url("mysql://db.example:3307/Shop%20of%20mine") == (
        "mysql://db.example:3307/Shop%20of%20mine"
    )
    for bad in ("?sslmode=disable", "/shop?x=1", "/shop/orders", "/%00", f"/{'x' * 64}"):
        with pytest.raises(UrlError):
            validate_url(f"postgresql://db.example{bad}")


def test_a_query_that_writes_is_refused_by_the_settings() -> None:
    assert SqlSettings(query=" SELECT 2; ").query == "SELECT 2"
    with pytest.raises(ValidationError, match="must begin with SELECT"):
        SqlSettings(query="DELETE FROM orders")


def test_a_test_run_shows_the_login_without_its_secrets_and_each_assertion(
    database: str, certificates: Certificates
) -> None:
    scheme = database.partition(":")[0]
    wanted = of(database, query="SELECT count(*) FROM orders", assertions=[value(1), value(ORDERS)])
    report = check_once(
        logged_in(wanted, USERS[scheme], PASSWORD),
        EgressPolicy("any"),
        cafile=str(certificates.cafile),
    )
    steps = {step.name: step for step in report.steps}
    after = ["starttls", "tls", "login", "query", "farewell"]
    expected = ["connect", *(["greeting"] if scheme == "mysql" else []), *after]
    assert list(steps) == expected
    assert steps["query"].sent.endswith("SELECT count(*) FROM orders")
    assert steps["query"].received == f"[{ORDERS}]"
    assert f"user {USERS[scheme]}, database shop" in steps["login"].sent
    assert PASSWORD not in repr(report.steps)
    assert [each.failure for each in report.assertions] == [
        f"First value: expected to be 1, found {ORDERS}.",
        None,
    ]
