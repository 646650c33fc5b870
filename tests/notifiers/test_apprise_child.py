"""What the process that Apprise runs in may not do, whatever a plug-in tries."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

_PROGRAM = """
import os, shutil, socket, subprocess, sys
from ipaddress import ip_network
from notifiers.apprise_child import Guard
from security.egress.addresses import EgressPolicy

guard = Guard(EgressPolicy("{mode}", (ip_network("127.0.0.1/32"),)))
sys.addaudithook(guard)
try:
    {attempt}
except PermissionError:
    print("denied", guard.denied)
except OSError:
    print("tried")
else:
    print("done")
"""


def outcome(attempt: str, *, mode: str = "public") -> str:
    program = _PROGRAM.format(mode=mode, attempt=attempt)
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], capture_output=True, check=True, cwd=ROOT, text=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.create_connection(('localhost', 9))",
        "socket.socket().connect(('localhost', 9))",
        "socket.socket().connect_ex(('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET6).connect(('::1', 9))",
        "socket.create_connection(('169.254.169.254', 80))",
        "socket.create_connection(('8.8.8.8', 25))",
        "socket.create_connection(('8.8.8.8', 5432))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 514))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', 514))",
        "socket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
    ],
)
def test_it_connects_nowhere_that_the_policy_does_not_permit(attempt: str) -> None:
    assert outcome(attempt) == "denied True"


def test_it_connects_where_the_policy_permits() -> None:
    assert outcome("socket.create_connection(('127.0.0.1', 65000), 1)", mode="allowlist") == "tried"


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('/proc/self/environ')",
        "os.open('/etc/passwd', os.O_RDONLY)",
        "open('/usr/share/zoneinfo/../../../etc/passwd')",
        "os.listdir('/')",
        "os.listdir()",
        "os.scandir('/home')",
        "open('/tmp/x', 'w')",
        "open(os.__file__, 'a')",
        "os.open('/tmp/x', os.O_CREAT | os.O_WRONLY)",
        "os.remove('/tmp/x')",
        "os.mkdir('/tmp/x')",
        "os.rename('/tmp/x', '/tmp/y')",
        "shutil.rmtree('/tmp/x')",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "socket.socket().bind(('127.0.0.1', 0))",
    ],
)
def test_it_reads_writes_and_starts_nothing(attempt: str) -> None:
    assert outcome(attempt) == "denied False"


@pytest.mark.parametrize("attempt", ["import xmlrpc.client", "open(os.__file__)", "os.urandom(4)"])
def test_it_reads_its_own_libraries(attempt: str) -> None:
    assert outcome(attempt) == "done"
