"""The embedded Redis: its data, and what it does when it is full."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from devstack.errors import NotReadyError
from devstack.servers.redis import Redis


@pytest.fixture
def server() -> Iterator[Redis]:
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        server = Redis(Path(name) / "redis")
        yield server
        server.stop()


def client(server: Redis) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def test_its_data_survive_a_stop(server: Redis) -> None:
    with client(server) as connection:
        connection.set("kept", "7")
        server.stop()
        server.start()
        assert connection.get("kept") == b"7"


def test_a_killed_one_stays_down_until_it_is_started(server: Redis) -> None:
    server.kill()
    with client(server) as connection:
        with pytest.raises(redis.ConnectionError):
            connection.ping()
        server.start()
        assert connection.ping()


def test_half_a_command_at_the_end_of_its_file_is_no_obstacle(server: Redis) -> None:
    with client(server) as connection:
        connection.set("kept", "7")
        server.stop()
        with (server.directory / "appendonly.aof").open("ab") as file:
            file.write(b"*3\r\n$3\r\nSET\r\n$3\r\nha")
        server.start()
        assert connection.get("kept") == b"7"


def test_a_file_that_is_damaged_is_named_with_what_to_do(server: Redis) -> None:
    server.stop()
    (server.directory / "appendonly.aof").write_bytes(b"no commands\r\n" * 100)
    with pytest.raises(NotReadyError) as failed:
        server.start()
    assert str(failed.value).startswith(f"Redis cannot run on {server.directory}: ")
    assert "remove it" in str(failed.value)


def test_it_refuses_writes_when_it_is_full_rather_than_forget_messages(server: Redis) -> None:
    with client(server) as connection:
        connection.rpush("q.dispatch", "message")
        connection.config_set("maxmemory", "1kb")
        with pytest.raises(redis.OutOfMemoryError):
            connection.set("more", "x")
        assert connection.llen("q.dispatch") == 1


def test_nobody_else_can_enter(server: Redis) -> None:
    assert server.directory.stat().st_mode & 0o077 == 0


def test_a_path_too_deep_for_a_socket_is_served_elsewhere(temporary: Path) -> None:
    server = Redis(temporary / ("deep" * 25) / "redis")
    with client(server) as connection:
        assert connection.ping()
    server.stop()
