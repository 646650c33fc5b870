"""The proxy as deploy/Caddyfile sets it up, and clients that come to it from addresses of their own."""

import os
import signal
import socket
import ssl
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.conftest import ROOT
from tests.deploy.deployment import buffers_for
from tests.e2e.patience import eventually
from tests.servers.daemon import free_port
from tests.servers.programs import program

HOST = "status.example.test"
_AUTHORITY = Path("caddy/pki/authorities/local/root.crt")
_START_SECONDS = 60


class Caddy:
    """Runs in front of something that listens on this machine."""

    def __init__(self, directory: Path, upstream: int) -> None:
        self.port = free_port()
        self.data = directory / "data"
        self.log = directory / "caddy.log"
        caddy = program("caddy")
        options = [f"https_port {self.port}", f"http_port {free_port()}", "skip_install_trust"]
        self.is_old = buffers_for(caddy) != "buffers"
        self._environment = {
            "PATH": os.defpath,
            "XDG_DATA_HOME": str(self.data),
            "XDG_CONFIG_HOME": str(directory / "config"),
            "DOWNTIME_PUBLIC_URL": f"https://{HOST}",
            "DOWNTIME_PROXY_TLS": "tls internal",
            "DOWNTIME_PROXY_OPTIONS": "\n".join(options),
            "DOWNTIME_PROXY_UPSTREAM": f"127.0.0.1:{upstream}",
            "DOWNTIME_PROXY_BUFFERS": buffers_for(caddy),
            "DOWNTIME_PROXY_HEALTH_PORT": str(free_port()),
        }
        file = str(ROOT / "deploy" / "Caddyfile")
        self._command = [caddy, "run", "--config", file, "--adapter", "caddyfile"]

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log
            )
        eventually(lambda: is_there(self.data, self.port), seconds=_START_SECONDS, what="Caddy")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        test_run: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def ask_to_stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        return self._process.wait(60)

    def connect(self, source: str = "127.0.0.1") -> ssl.SSLSocket:
        return connect(self.data, self.port, source)


def is_there(data: Path, port: int) -> bool:
    try:
        connect(data, port).close()
    except OSError:
        return False
    return True


def connect(data: Path, port: int, source: str = "127.0.0.1") -> ssl.SSLSocket:
    """Connect as a client does that knows the proxy's authority, from one of the addresses of loopback."""
    context = ssl.create_default_context(cafile=str(data / _AUTHORITY))
    plain = socket.create_connection(("127.0.0.1", port), 60, source_address=(source, 0))
    try:
        return context.wrap_socket(plain, server_hostname=HOST)
    except BaseException:
        plain.close()
        raise


def head(method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(sock: ssl.SSLSocket) -> bytes:
    """Read until the proxy closes the connection."""
    parts = []
    try:
        while part := sock.recv(65_536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1]) if said else 0
