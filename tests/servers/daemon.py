"""A server program that runs as a child for the time of a test."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_SECONDS_TO_START = 60


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def daemon(command: Sequence[str | Path], *ports: int) -> Iterator[None]:
    """Run it until the block ends; it listens on these ports before the block begins."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    ) as process:
        try:
            for port in ports:
                _wait_for(port, process)
            yield
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > ends_at:
                raise AssertionError(_last_words(process)) from None
            time.sleep(0.02)
        else:
            return


def _last_words(process: subprocess.Popen[bytes]) -> str:
    process.kill()
    if process.stdout is None:
        return "It said nothing."
    os.set_blocking(process.stdout.fileno(), False)
    return (process.stdout.read() or b"").decode(errors="replace")
