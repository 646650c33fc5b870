"""A login by SSH, on a connection that the egress guard has judged.

The library takes no configuration, keys or agents of this machine. Key exchanges whose cost the
server chooses are not offered. The password goes to a known host key only, because anybody on the
way could pose as the server. A private key is never sent.
"""

import asyncio
import socket
from importlib import import_module
from typing import Any

from domain.evaluation.outcome import Cause
from probes.async_probe import Failed, failed, quoted
from probes.auth.logins import Login
from probes.network.relay import relayed
from probes.network.stream import MOST_READ, Stream

_OPTIONS: dict[str, Any] = {
    "agent_path": None,
    "client_host_keysign": False,
    "client_keys": (),
    "compression_algs": ("none",),
    "config": None,
    "gss_host": None,
    "kex_algs": (
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
    ),
    "known_hosts": ((), (), ()),
    "preferred_auth": ("password", "keyboard-interactive"),
    "server_host_key_algs": (
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "rsa-sha2-512",
        "rsa-sha2-256",
    ),
}


class _Visit:
    """What is known of the server during one login."""

    def __init__(self, expected: str, login: Login) -> None:
        self.fingerprint = ""
        self._expected = expected
        self._login = login
        self._is_sent = False
        self._is_prompted = False

    def is_known(self, fingerprint: str) -> bool:
        self.fingerprint = fingerprint
        if not self._expected and self._login.private_key:
            return True
        return fingerprint == self._expected

    def password(self) -> str | None:
        """Return the password for the first method that asks: each wrong one counts."""
        is_sent, self._is_sent = self._is_sent, True
        return None if is_sent else self._login.password

    def prompts(self) -> str | None:
        """Let the server prompt once, if it was not told the password."""
        is_over, self._is_prompted = self._is_prompted or self._is_sent, True
        return None if is_over else ""

    def unknown_key(self) -> Failed:
        if self._expected:
            return failed(
                Cause.AUTHORIZATION,
                f"The host key is {self.fingerprint}, expected {self._expected}.",
            )
        return self._login.unusable(
            "The password is sent to a known host key only. Set host_key to"
            f" {self.fingerprint} if that is the key of the server."
        )

    def not_logged_in(self) -> Failed:
        if self._login.private_key:
            return self._login.refused("The server refused the user name or the private key.")
        if self._is_sent:
            return self._login.refused("The server refused the user name or the password.")
        return self._login.unusable("The server offers no login with a user name and a password.")


async def log_in(stream: Stream, login: Login, host_key: str) -> None:
    """Log in to a server with this fingerprint of its host key. Raise `Failed` otherwise."""
    # The import takes a while, and must not hold up the other checks of this thread.
    ssh: Any = await asyncio.to_thread(import_module, "asyncssh")
    visit = _Visit(host_key, login)
    stream.step("login")
    try:
        async with relayed(stream.duplicate(), MOST_READ) as relay:
            try:
                await _connect(ssh, relay.sock, login, visit)
            except OSError as error:
                if relay.is_exhausted:
                    raise _too_much() from error
                raise
            except ssh.Error as error:
                if relay.is_exhausted:
                    raise _too_much() from error
                raise _failure(ssh, error, visit) from error
    finally:
        stream.retell(f"Host key {visit.fingerprint or 'unknown'}".encode())
    login.accepted()


async def _connect(ssh: Any, sock: socket.socket, login: Login, visit: _Visit) -> None:  # noqa: ANN401 - the library is imported late
    connection = await ssh.connect(
        "target.invalid",
        sock=sock,
        username=login.username,
        client_factory=lambda: _client(ssh, visit),
        login_timeout=0,
        **_OPTIONS | _keys(ssh, login),
    )
    connection.abort()


def _too_much() -> Failed:
    return failed(Cause.PROTOCOL, "The server sent too much data.")


def _failure(ssh: Any, error: Any, visit: _Visit) -> Failed:  # noqa: ANN401 - the library is imported late
    """Return the failure that an error of the library means."""
    if isinstance(error, ssh.HostKeyNotVerifiable):
        return visit.unknown_key()
    if isinstance(error, ssh.PermissionDenied):
        return visit.not_logged_in()
    if isinstance(error, ssh.ConnectionLost):
        return failed(Cause.CLOSED, "The connection was closed before the answer was complete.")
    return failed(
        Cause.PROTOCOL, f"The SSH conversation failed: {quoted(str(error.reason).encode())}"
    )


def _keys(ssh: Any, login: Login) -> dict[str, Any]:  # noqa: ANN401 - the library is imported late
    """Return the options of a login by a private key, if this is one."""
    if not login.private_key:
        return {}
    # The key was validated when it was set, which would take long here.
    key = ssh.import_private_key(login.private_key, unsafe_skip_rsa_key_validation=True)
    return {"client_keys": [key], "preferred_auth": ("publickey",)}


def _client(ssh: Any, visit: _Visit) -> Any:  # noqa: ANN401 - the library is imported late
    """Return the part of a client that the library asks for decisions."""

    class Client(ssh.SSHClient):  # type: ignore[misc]  # See above.
        def validate_host_public_key(self, _host: str, _addr: str, _port: int, key: Any) -> bool:  # noqa: ANN401
            return visit.is_known(str(key.get_fingerprint("sha256")))

        def password_auth_requested(self) -> str | None:
            return visit.password()

        def kbdint_auth_requested(self) -> str | None:
            return visit.prompts()

        def kbdint_challenge_received(
            self, _name: str, _instructions: str, _lang: str, prompts: list[object]
        ) -> list[str] | None:
            password = visit.password() if len(prompts) == 1 else None
            return [] if not prompts else None if password is None else [password]

    return Client()
