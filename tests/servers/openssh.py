"""OpenSSH, with one user who logs in by password or by key.

The user exists in a private copy of the machine's files of users, which needs root.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.probes.auth.keys import RSA, private_pem
from tests.servers.daemon import daemon, free_port
from tests.servers.programs import let_others_in, missing, program

USERNAME, PASSWORD = "watcher", "canary-password"
PRIVATE_KEY = private_pem(RSA)
_USER_ID = 65_000
_IN_A_COPY = (
    'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/shadow && shift 2 && exec "$@"'
)


@dataclass
class Server:
    url: str
    host_key: str


@contextmanager
def openssh(directory: Path) -> Iterator[Server]:
    path = program("sshd")
    if os.geteuid() != 0:
        missing("a right to mount files")
    Path("/run/sshd").mkdir(exist_ok=True)
    host_key, port = directory / "host_key", free_port()
    keygen = program("ssh-keygen")
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", host_key], check=True)
    let_others_in(directory)
    known = directory / "authorized_keys"
    known.write_bytes(RSA.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    config = directory / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nPidFile none\nUsePAM no\n"
        f"MaxStartups 100\nPasswordAuthentication yes\nAuthorizedKeysFile {known}\n"
        "StrictModes no\n"
    )
    in_a_copy: list[str | Path] = [
        program("unshare"),
        "--mount",
        "sh",
        "-c",
        _IN_A_COPY,
        "sh",
        *_users(directory),
    ]
    shown = subprocess.run(
        [keygen, "-l", "-f", host_key], check=True, capture_output=True, text=True
    )
    with daemon([*in_a_copy, path, "-D", "-e", "-f", config], port):
        yield Server(f"ssh://127.0.0.1:{port}", shown.stdout.split()[1])


def _users(directory: Path) -> tuple[Path, Path]:
    """Write the files of users as they are, with one more user."""
    hashed = subprocess.run(
        [program("openssl"), "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True
    ).stdout.strip()
    more = {
        "passwd": f"{USERNAME}:x:{_USER_ID}:{_USER_ID}::/nonexistent:/bin/sh\n",
        "shadow": f"{USERNAME}:{hashed}:19000:0:99999:7:::\n",
    }
    paths = {name: directory / name for name in more}
    for name, line in more.items():
        paths[name].touch(0o644 if name == "passwd" else 0o600)
        paths[name].write_text(Path("/etc", name).read_text() + line)
    return paths["passwd"], paths["shadow"]
