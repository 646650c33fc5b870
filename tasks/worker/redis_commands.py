"""Commands of Redis as they go over the wire, each in one piece.

redis-py's own way copies what it has so far for each argument, and sends a command of some hundred
arguments in dozens of pieces. Each of those lets go of the interpreter, which busy threads do not give
back at once. Where messages go by the hundred, that is most of what they cost.
"""

from redis.exceptions import DataError

Argument = bytes | bytearray | memoryview | str | float


class CommandPacker:
    """Serves as `command_packer` of redis-py's connections; it keeps nothing."""

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
    """Write a value as redis-py does; raises `DataError` for what has no plain form."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value).encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise DataError(f"Redis takes no {type(value).__name__}: make it a text or a number first.")
