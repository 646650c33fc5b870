"""One message by Apprise in a process of its own: read from standard input, answered on standard output.

An audit hook of the interpreter sees each connection before it is made, with the address that is
connected to, whichever library asks for it, and each file that is opened and each program that would be
started. Hooks cannot be taken away again, so no plug-in can get around them.
"""

import contextlib
import json
import logging
import os
import re
import resource
import socket
import sys
import sysconfig
from ipaddress import ip_network
from typing import Any, NoReturn

from security.egress.addresses import EgressPolicy

_MEGABYTE = 1024 * 1024
_LIMITS = {
    resource.RLIMIT_CPU: 20,
    resource.RLIMIT_AS: 1024 * _MEGABYTE,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}
# Mail is sent through these by who can log in.
_SUBMISSION = frozenset({465, 587})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LISTING = frozenset({"os.listdir", "os.scandir"})
_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_FORBIDDEN = re.compile(
    r"socket\.bind|subprocess\.|pty\.|shutil\.|tempfile\."
    r"|os\.(system|exec|posix_spawn|spawn|fork|forkpty|startfile|kill|putenv|remove|rename|rmdir|mkdir"
    r"|link|symlink|chmod|chown|truncate|utime|setxattr)$"
)
_READABLE = tuple(
    os.path.realpath(path) + os.sep
    for path in {
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        "/usr/share/zoneinfo",
        "/etc/ssl",
        "/usr/share/ca-certificates",
    }
)
_READABLE_FILES = frozenset({"/etc/mime.types", "/etc/localtime", "/dev/null", "/dev/urandom"})
_STATUS = re.compile(r"error=([0-9]{3})\b")


class _Denied(PermissionError):
    """The text names nothing: plug-ins write it into their logs."""


class Guard:
    """Lets through only what the policy permits, and remembers whether it refused anybody."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy
        self.denied = False

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _CONNECTING:
            self._judge(args[0], args[1])
        elif event == "open":
            _judge_file(args[0], args[1], args[2])
        elif event in _LISTING:
            _judge_path(args[0])
        elif _FORBIDDEN.match(event):
            raise _Denied

    def _judge(self, sock: socket.socket, address: object) -> None:
        if address is None:  # a socket that is connected already
            return
        if sock.family not in {socket.AF_INET, socket.AF_INET6} or not isinstance(address, tuple):
            self._deny()
        host, port = str(address[0]), int(address[1])
        usual = self._policy.permits(host, port)
        if not usual and not (port in _SUBMISSION and self._policy.permits_address(host)):
            self._deny()

    def _deny(self) -> NoReturn:
        self.denied = True
        raise _Denied


def _judge_file(path: object, mode: str | None, flags: int) -> None:
    writes = flags & _WRITING or any(sign in (mode or "") for sign in "wax+")
    if writes and path != os.devnull:
        raise _Denied
    _judge_path(path)


def _judge_path(path: object) -> None:
    if isinstance(path, int):  # what is open already
        return
    real = os.path.realpath(os.fsdecode(path or os.curdir))  # type: ignore[arg-type] # paths are all that is left
    if not f"{real}{os.sep}".startswith(_READABLE) and real not in _READABLE_FILES:
        raise _Denied


class _Statuses(logging.Handler):
    """Finds what a service answered in the words of the plug-ins, which may hold secrets otherwise."""

    last: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        found = _STATUS.search(record.getMessage())
        self.last = int(found[1]) if found else self.last


def main() -> None:
    for limit, value in _LIMITS.items():
        resource.setrlimit(limit, (value, value))
    message = json.loads(sys.stdin.buffer.read())
    answers = os.dup(1)
    # Whatever a plug-in prints is not an answer.
    os.dup2(2, 1)
    with os.fdopen(answers, "w") as output:
        json.dump(performed(message), output)


def performed(message: dict[str, Any]) -> dict[str, Any]:
    import apprise  # noqa: PLC0415 - the limits come first

    # What a plug-in imports may ask `ldconfig` for a library, and the guard lets nobody start a program.
    apprise.NotificationManager().load_modules()  # type: ignore[no-untyped-call] # it has no types
    given = message["policy"]
    guard = Guard(EgressPolicy(given["mode"], tuple(map(ip_network, given["allow"]))))
    statuses = _Statuses()
    logging.getLogger("apprise").addHandler(statuses)
    sys.addaudithook(guard)
    # No files: not for what a plug-in wants to remember, nor for texts of its own.
    # Cut what a service has no room for: otherwise it refuses the whole message.
    apprise.NotifyBase.overflow_mode = apprise.OverflowMode.TRUNCATE
    asset = apprise.AppriseAsset(storage_mode="memory", allow_templates=False)
    if message["do"] == "check":
        services = (apprise.Apprise.instantiate(url, asset=asset) for url in message["urls"])
        return {"checked": [_checked(service) for service in services]}
    service = apprise.Apprise.instantiate(message["url"], asset=asset)
    accepted = service is not None and _notified(service, message)
    return {
        "known": service is not None,
        "accepted": accepted,
        "denied": guard.denied,
        "status": statuses.last,
    }


def _checked(service: Any) -> dict[str, Any]:  # noqa: ANN401 - Apprise's own classes, or none
    return {"known": service is not None, "host": service and _host(service)}


def _notified(service: Any, message: dict[str, Any]) -> bool:  # noqa: ANN401 - Apprise's own classes
    """Send; many plug-ins let through what went wrong instead of saying so."""
    with contextlib.suppress(Exception):
        return bool(
            service.notify(
                body=message["body"],
                title=message["title"],
                notify_type=message["type"],
                body_format="text",
            )
        )
    return False


def _host(service: Any) -> str | None:  # noqa: ANN401 - Apprise's own classes
    """Return the host if it is one that the user named, and no token in its place."""
    named = any("{host}" in template for template in service.templates)
    return str(service.host) if named and service.host else None


if __name__ == "__main__":
    main()
