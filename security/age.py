"""age encryption (age-encryption.org/v1), written as a stream.

An age file is encrypted in chunks of 64 KiB whose order and end are authenticated. Decryption
detects a chunk that was changed, moved, doubled or removed. Only X25519 recipients are accepted.
"""

from collections.abc import Callable, Iterable, Iterator

import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

_LENGTH = 62
_KEY_BYTES = 32
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CHECK_LETTERS = 6
_BUFFER_BYTES = 256 * 1024


class RecipientError(ValueError):
    """The text is for the user."""


def checked(recipient: str) -> str:
    """Return a recipient such as `age1…` that can be encrypted to, or raise `RecipientError`.

    A key of low order, with which everybody could decrypt, is refused.
    """
    _recipient(recipient)
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(_key(recipient)))
    except ValueError as error:
        raise RecipientError("This public key cannot be used for encryption.") from error
    return recipient


def encrypt(pieces: Iterable[bytes], recipient: str, write: Callable[[bytes], None]) -> None:
    """Encrypt a stream in constant memory; exceptions of `pieces` and `write` pass through."""
    reader, writer = _Reader(pieces), _Writer(write)
    try:
        pyrage.encrypt_io(reader, writer, [_recipient(recipient)])
        writer.flush()
    except pyrage.EncryptError as error:
        # The error only describes in words what happened on either side.
        raise reader.error or writer.error or error from None


def _recipient(text: str) -> pyrage.x25519.Recipient:
    if len(text) != _LENGTH or not text.startswith("age1"):
        raise RecipientError("Must be an age public key, such as age1….")
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise RecipientError(
            "Must be an age public key. This one contains a wrong character."
        ) from error


def _key(recipient: str) -> bytes:
    """Return the 32 bytes of a recipient whose check characters are valid (BIP 173)."""
    number = 0
    for letter in recipient.removeprefix("age1")[:-_CHECK_LETTERS]:
        number = number << 5 | _LETTERS.index(letter)
    # 52 letters of five bits are four bits more than 32 bytes.
    return (number >> 4).to_bytes(_KEY_BYTES, "big")


class _Reader:
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._rest = memoryview(b"")
        self.error: BaseException | None = None

    def read(self, most: int) -> bytes:
        try:
            while not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    return b""
                self._rest = memoryview(piece)
        except BaseException as error:
            self.error = error
            raise
        taken, self._rest = self._rest[:most], self._rest[most:]
        return bytes(taken)


class _Writer:
    """Collects the chunks into larger pieces."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._gathered = bytearray()
        self.error: BaseException | None = None

    def write(self, piece: bytes) -> int:
        self._gathered += piece
        if len(self._gathered) >= _BUFFER_BYTES:
            self.flush()
        return len(piece)

    def flush(self) -> None:
        content = bytes(self._gathered)
        self._gathered.clear()
        try:
            self._write(content)
        except BaseException as error:
            self.error = error
            raise
