"""Encodes each Redis command as one piece.

redis-py copies its buffer for each argument, and sends a command of some hundred arguments in
dozens of pieces. Each send releases the interpreter lock, which busy threads do not give back at
once. With hundreds of messages, that is most of their cost.
"""

from redis.exceptions import DataError

Argument = bytes | bytearray | memoryview | str | float


class CommandPacker:
    """The `command_packer` of redis-py's connections; it has no state."""

    def pack(self, *arguments: Argument) -> list[bytes]:
        # Names of two words, such as `CONFIG GET`, are two arguments.
        name = _encoded(arguments[0]).split()
        pieces = [b"*%d\r\n" % (len(name) + len(arguments) - 1)]
        for each in (*name, *arguments[1:]):
            text = each if type(each) is bytes else _encoded(each)
            pieces.append(b"$%d\r\n%b\r\n" % (len(text), text))
        return [b"".join(pieces)]


PACKER = CommandPacker()


def _encoded(value: Argument) -> bytes:
    """Encode a value as redis-py does. Raise `DataError` for any other type."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value).encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise DataError(f"Redis takes no {type(value).__name__}: make it a text or a number first.")
