"""A process for one Kerberos conversation, because libkrb5 opens sockets and files by itself.

It knows one realm and the permitted addresses of it, and nothing else. Its input, secrets included,
arrives on standard input as one JSON object per line, and its answers leave the same way. It ends
with its input, or by an alarm. See docs/development/adr/0011-kerberos-in-a-process.md.
"""

import json
import os
import resource
import signal
import sys
from base64 import b64decode, b64encode
from typing import Any

from probes.auth.negotiate.gssapi import GssapiError, Initiator
from probes.auth.negotiate.library import library

LONGEST_LINE = 256 * 1024
_MOST_MEMORY = 512 * 1024 * 1024
_MOST_FILES = 64


def main() -> None:
    """Log in, answer with the first token, then with one for each that arrives."""
    _confine()
    task = _heard()
    if task is None:
        return
    # The alarm ends this process even inside of libkrb5, if its parent no longer kills it.
    signal.setitimer(signal.ITIMER_REAL, task["seconds"])
    _set_environment(task["configuration"])
    try:
        _exchange_tokens(_logged_in(task))
    except GssapiError as error:
        _say({"code": error.code})


def _confine() -> None:
    """Limit what a hostile centre can cause: no core dump, no child, little memory, few files."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
    ):
        resource.setrlimit(what, (most, most))


def _exchange_tokens(initiator: Initiator) -> None:
    answer: bytes | None = None
    while True:
        token = initiator.step(answer)
        _say({"token": b64encode(token).decode()})
        message = _heard()
        if message is None:
            return
        answer = b64decode(message["answer"])


def _set_environment(configuration: str) -> None:
    """Give libkrb5 this configuration, and no cache, plug-in or mechanism of the machine."""
    os.putenv("KRB5_CONFIG", _in_memory("configuration", configuration.encode()))
    os.putenv("KRB5CCNAME", "MEMORY:monitor")
    os.putenv("GSS_MECH_CONFIG", os.devnull)


def _logged_in(task: dict[str, Any]) -> Initiator:
    gssapi = library()
    if gssapi is None:
        raise GssapiError(0)
    initiator = Initiator(gssapi)
    if "keytab" in task:
        path = _in_memory("keytab", b64decode(task["keytab"]))
        initiator.log_in_with_keytab(task["principal"], path)
    else:
        initiator.log_in_with_password(task["principal"], task["password"])
    initiator.aim_at(task["service"])
    return initiator


def _in_memory(name: str, data: bytes) -> str:
    """Create a file in memory and return its path."""
    descriptor = os.memfd_create(name)
    os.write(descriptor, data)
    return f"/proc/self/fd/{descriptor}"


def _heard() -> dict[str, Any] | None:
    line = sys.stdin.buffer.readline(LONGEST_LINE)
    return json.loads(line) if line.endswith(b"\n") else None


def _say(words: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(words).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
