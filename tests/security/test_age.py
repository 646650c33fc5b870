"""age: what is encrypted as a stream is opened by its key alone, and by nobody if it was tampered with."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from security import age
from tests.servers.programs import program

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
CHUNK = 64 * 1024 + 16
"""Of the format: 64 KiB and a tag."""


def encrypted(*pieces: bytes) -> bytes:
    written: list[bytes] = []
    age.encrypt(pieces, RECIPIENT, written.append)
    return b"".join(written)


@given(st.lists(st.binary(max_size=200_000), max_size=5))
def test_what_goes_in_comes_out(pieces: list[bytes]) -> None:
    assert pyrage.decrypt(encrypted(*pieces), [IDENTITY]) == b"".join(pieces)


def test_nobody_else_can_open_it() -> None:
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(encrypted(b"secret"), [pyrage.x25519.Identity.generate()])


def test_the_program_of_debian_opens_it(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "key").write_text(str(IDENTITY))
    (tmp_path / "file.age").write_bytes(encrypted(content))
    command = [program("age"), "--decrypt", "-i", str(tmp_path / "key"), str(tmp_path / "file.age")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == content


def test_what_is_read_is_written_before_more_is_read() -> None:
    read = written = ahead = 0

    def pieces() -> Iterator[bytes]:
        nonlocal read, ahead
        for _ in range(500):
            read += 100_000
            ahead = max(ahead, read - written)
            yield bytes(100_000)

    def write(piece: bytes) -> None:
        nonlocal written
        written += len(piece)

    age.encrypt(pieces(), RECIPIENT, write)
    assert read == 50_000_000
    assert ahead < 1024 * 1024


@pytest.mark.abuse(58)
def test_abuse_58_chunks_that_are_cut_moved_doubled_or_changed_open_nothing() -> None:
    plain = b"".join(bytes([number]) * 64 * 1024 for number in range(4))
    whole = encrypted(plain)
    body = len(whole) - 4 * CHUNK
    header, chunks = whole[:body], [whole[body + n * CHUNK :][:CHUNK] for n in range(4)]
    one, two, three, last = chunks
    assert pyrage.decrypt(header + b"".join(chunks), [IDENTITY]) == plain
    for bad in (
        [one, two, three],
        [one, two, last],
        [two, one, three, last],
        [one, one, two, three, last],
        [one, two, three, last, last],
        [one, two, three, last[:-1]],
        [one, two, three[:-1] + bytes([three[-1] ^ 1]), last],
        [],
    ):
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(header + b"".join(bad), [IDENTITY])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1",
        RECIPIENT[:-1],
        RECIPIENT.upper(),
        f"{RECIPIENT}\n",
        RECIPIENT[:-1] + ("q" if RECIPIENT[-1] != "q" else "p"),
        "age1" + "é" * 58,
        str(IDENTITY),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN",
        # The point zero, to which everybody knows the shared secret.
        "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z",
    ],
    # Keys are made anew for each process that collects.
    ids=lambda text: "key" if len(text) > 40 else None,
)
def test_what_is_no_public_key_of_age_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(age.RecipientError) as refused:
        age.checked(text)
    assert len(text) < 10 or text not in str(refused.value)


def test_a_public_key_of_age_is_taken() -> None:
    for _ in range(20):
        recipient = str(pyrage.x25519.Identity.generate().to_public())
        assert age.checked(recipient) == recipient


def test_what_breaks_on_either_side_comes_out_as_it_is() -> None:
    def broken() -> Iterator[bytes]:
        yield b"some"
        raise LookupError("no more")

    def full(_: bytes) -> None:
        raise OSError("no space")

    with pytest.raises(LookupError, match="no more"):
        age.encrypt(broken(), RECIPIENT, lambda _: None)
    with pytest.raises(OSError, match="no space"):
        age.encrypt([b"some"], RECIPIENT, full)
