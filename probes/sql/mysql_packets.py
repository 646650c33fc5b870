"""The packets of MySQL and MariaDB: how they are framed, and those that end an exchange."""

import struct
from dataclasses import dataclass

from probes.base import StepName
from probes.network.stream import Stream
from probes.sql.connection import MessageCount, not_spoken, parsing

NAME = "MySQL"
OK, END, ERROR, LOCAL_FILE = 0x00, 0xFE, 0xFF, 0xFB
_HEADER_BYTES = 4
_LONGEST_END = 9
_PREFIXED = {0xFC: 2, 0xFD: 3, 0xFE: 8}
"""How many bytes an integer has after this first byte."""


class Packets:
    """Reads and writes packets on a stream, each with the number that the protocol prescribes."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        stream.is_text = False
        self._count = MessageCount()
        self._number = 0

    async def read(self) -> bytes:
        head = await self._stream.read_exactly(_HEADER_BYTES)
        size = int.from_bytes(head[:3], "little")
        if head[3] != self._number or not size:
            raise not_spoken(NAME, head + self._stream.unread())
        self._count.take(size)
        self._number = (self._number + 1) % 256
        return await self._stream.read_exactly(size)

    def step(self, name: StepName) -> None:
        self._stream.step(name)

    def note(self, words: str) -> None:
        self._stream.note(words)

    async def write(self, payload: bytes, shown: str, *, is_first: bool = False) -> None:
        """Write a packet, recorded as `shown`; the first one of an exchange begins to count anew."""
        if is_first:
            self._number = 0
        head = len(payload).to_bytes(3, "little") + bytes((self._number,))
        self._number = (self._number + 1) % 256
        await self._stream.write(head + payload, shown=shown.encode())


@dataclass(frozen=True, slots=True)
class ServerError:
    """A refusal of the server: its number, its class of SQLSTATE, and its text."""

    number: int
    state: bytes
    said: bytes


def server_error(packet: bytes) -> ServerError:
    with parsing(NAME):
        number = struct.unpack_from("<H", packet, 1)[0]
    said = packet[3:]
    state = said[1:6] if said.startswith(b"#") else b""
    return ServerError(number, state, said[6:] if state else said)


def ends_rows(packet: bytes) -> bool:
    """Return whether a packet ends columns or rows; a row may begin with the same byte."""
    return packet[0] == END and len(packet) < _LONGEST_END


def length(packet: bytes, start: int) -> tuple[int, int]:
    """Return an integer of variable size, and where it ends. Raise `IndexError`."""
    first = packet[start]
    if first not in _PREFIXED:
        return first, start + 1
    end = start + 1 + _PREFIXED[first]
    return int.from_bytes(packet[start + 1 : end], "little"), end


def until_nul(packet: bytes, start: int) -> tuple[bytes, int]:
    """Return a text, and the place after the NUL that ends it. Raise `ValueError`."""
    end = packet.index(b"\0", start)
    return packet[start:end], end + 1
