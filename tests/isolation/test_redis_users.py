"""What each user of Redis may not do, tried on a real server with the rules that deployments have."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits import RateLimitItemPerHour
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from devstack.roles import ROLES
from devstack.servers.redis import Redis as Server
from server.counting.limiter import Limiter
from services.operations.database_rights import RIGHTS
from tests.isolation.redis_commands import (
    NOBODY,
    USERS,
    let_it_work,
    refuse_what_is_not_its_business,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        server = Server(Path(name) / "redis", secrets=Path(name) / "secrets")
        yield server
        server.stop()


@pytest.mark.abuse(42)
@pytest.mark.parametrize("user", USERS)
def test_a_user_is_refused_what_is_not_its_business(server: Server, user: str) -> None:
    with Redis.from_url(server.url_of(user)) as client:
        refuse_what_is_not_its_business(client, user)


@pytest.mark.parametrize("user", USERS)
def test_a_user_may_do_its_work(server: Server, user: str) -> None:
    with Redis.from_url(server.url_of(user)) as client:
        let_it_work(client, user)


@pytest.mark.abuse(60)
def test_processes_of_the_api_count_requests_together(server: Server) -> None:
    limit = RateLimitItemPerHour(3)
    with Redis.from_url(server.url_of("api")) as one, Redis.from_url(server.url_of("api")) as two:
        counters = [Limiter(one), Limiter(two), Limiter(one), Limiter(two)]
        statuses = [counter.count(limit, "ada") for counter in counters]
    assert [each.allowed for each in statuses] == [True, True, True, False]
    assert [each.remaining for each in statuses] == [2, 1, 0, 0]


@pytest.mark.abuse(42)
def test_nobody_comes_in_without_a_password(server: Server) -> None:
    for url in (f"unix://{server.socket}", f"unix://api:guess@{server.socket}"):
        with Redis.from_url(url) as client, pytest.raises(AuthenticationError):
            client.ping()


def test_passwords_are_kept_as_digests_by_the_server(server: Server) -> None:
    file = server.directory / "users.acl"
    password = server.url_of("api").split(":")[2].partition("@")[0]
    assert file.stat().st_mode & 0o077 == 0
    assert password not in file.read_text()


def test_every_process_has_a_user_of_its_own_in_the_stores_that_it_asks() -> None:
    processes = {role.component for role in ROLES if not role.is_job}
    assert set(USERS) == {*processes, "health"}
    # These ask the database nothing.
    assert set(RIGHTS) == processes - {"beat", "flower"}


def test_the_commands_that_are_refused_are_such_that_redis_knows(server: Server) -> None:
    """A misspelt command would be refused for another reason than its danger."""
    with Redis.from_url(server.url) as client:
        for name, *_ in NOBODY:
            assert client.execute_command("COMMAND", "INFO", name)


@pytest.mark.abuse(42)
def test_a_refused_transaction_does_nothing(server: Server) -> None:
    with Redis.from_url(server.url_of("flower")) as client, client.pipeline() as pipe:
        pipe.sadd("_kombu.binding.x", "1").lpush("q.dispatch", "1")
        with pytest.raises(NoPermissionError):
            pipe.execute()
        assert not client.exists("_kombu.binding.x")
