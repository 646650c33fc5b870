"""Commands go to Redis as redis-py would write them, but in one piece."""

import pytest
from redis import Connection
from redis.exceptions import DataError

from tasks.worker.redis_commands import PACKER, CommandPacker

COMMANDS = [
    ("PING",),
    ("CONFIG GET", "maxmemory"),
    (b"CONFIG GET", "maxmemory"),
    ("ZADD", "index", 1796098610.25, "first", -3, b"second", float("inf"), "third"),
    ("HSET", "messages", "näme", b"\x00\r\n\xff", bytearray(b"x"), memoryview(b"y"), "", b""),
    ("LPUSH", "queue", *(b"x" * 750 for _ in range(300))),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_is_the_same_text_in_one_piece(command: tuple[object, ...]) -> None:
    [whole] = PACKER.pack(*command)  # type: ignore[arg-type] # of several types

    assert whole == b"".join(_packed(command))


@pytest.mark.parametrize("value", [True, None, [1], object()])
def test_what_has_no_plain_form_is_refused(value: object) -> None:
    with pytest.raises(DataError):
        PACKER.pack("SET", "key", value)  # type: ignore[arg-type] # what is tested


def test_connections_take_it() -> None:
    command = "LPUSH", "queue", b"x" * 10_000

    assert _packed(command, PACKER) == PACKER.pack(*command)


def _packed(command: tuple[object, ...], packer: CommandPacker | None = None) -> list[bytes]:
    connection = Connection(command_packer=packer)  # type: ignore[no-untyped-call]
    return [bytes(piece) for piece in connection.pack_command(*command)]  # type: ignore[no-untyped-call]
