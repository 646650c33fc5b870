"""A deployment without an engine: the servers and processes of docker-compose.yml, with its settings.

Each runs its command with its environment and sees its own secrets, which `downtime secrets` made.
Different are places and ports, since all are on one machine, and what is said beside `_OVERRIDE` and
`_for_this_server`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.main import main as downtime
from devstack.process import Process
from devstack.program import ROOT, Program
from devstack.servers import server_user
from tests.deploy import compose
from tests.deploy.compose import Container, Service
from tests.e2e.patience import eventually
from tests.servers import forks
from tests.servers.daemon import free_port
from tests.servers.programs import program

HOST = "localhost"
SERVERS = ("postgres", "redis")
PROXY = "proxy"
# The ports inside of containers.
_PORTS = {
    "postgres": "5432",
    "redis": "6379",
    "api": "8000",
    "live": "8010",
    "flower": "5555",
    PROXY: "443",
}
_IMAGE = Path(__file__).parent / "image"
_JOB_SECONDS = 120
_START_SECONDS = 60
# As an operator would who has something to watch on this machine (docs/operations/egress.md).
_OVERRIDE = {"DOWNTIME_EGRESS_POLICY": "allowlist", "DOWNTIME_EGRESS_ALLOW": "127.0.0.0/8"}


class Deployment:
    def __init__(self, directory: Path, *, roles: Iterable[str], smtp_url: str) -> None:
        """`roles` are the services that are started besides the servers and the migration."""
        self.directory = directory
        self.secrets = directory / "secrets"
        self.log = directory / "log"
        self.ports = {name: str(free_port()) for name in _PORTS}
        self._roles = tuple(roles)
        self._running: list[Process] = []
        self._make_secrets(smtp_url)
        self._services = {name: self._service(name) for name in (*SERVERS, "migrate", *self._roles)}

    def url(self, name: str) -> str:
        """Return an address that a process is given, as it is to be used outside its container."""
        text = (self.secrets / name).read_text()
        return text.replace("/run/secrets", str(self.secrets))

    def environment(self, name: str) -> dict[str, str]:
        """Return all that a process has: what its image sets, and what the service says."""
        own = self._services[name].environment
        if name in SERVERS:
            return self._image_of_server(name) | own
        if name == PROXY:
            return own | self._image_of_proxy()
        programs = f"{Path(sys.executable).parent}:{os.defpath}"
        image = {"PATH": programs, "PYTHONUNBUFFERED": "1", "DOWNTIME_VAR_DIR": str(self.directory)}
        volume = {"DOWNTIME_ARCHIVE_URL": (self.directory / "archive").as_uri()}
        return image | own | _OVERRIDE | volume

    def is_well(self, name: str) -> bool:
        """Look as the engine does."""
        return self._run(name, self._services[name].health_check).returncode == 0

    def __enter__(self) -> Self:
        try:
            for name in SERVERS:
                self._start(name, user=server_user.find())
            for name in SERVERS:
                eventually(partial(self.is_well, name), seconds=_START_SECONDS, what=name)
            migrated = self._run("migrate", self._services["migrate"].command)
            assert migrated.returncode == 0, migrated.stderr
            for name in self._roles:
                self._start(name)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        test_run: TracebackType | None,
    ) -> None:
        self._stop()

    def _make_secrets(self, smtp_url: str) -> None:
        self.secrets.mkdir()
        (self.secrets / "smtp_url").write_text(smtp_url)
        places = [f"--{name}={HOST}:{self.ports[name]}" for name in SERVERS]
        assert downtime(["secrets", str(self.secrets), *places]) == 0
        _for_this_server(self.secrets / "redis_users")

    def _service(self, name: str) -> Service:
        ports = {_PORTS[name]: self.ports[name]} if name in _PORTS else {}
        service = Service(compose.read()[name], Container(self.directory / name, ports))
        service.mount(self.secrets)
        return service

    def _image_of_server(self, name: str) -> dict[str, str]:
        if name == "redis":
            return {"PATH": f"{Path(program('redis-server')).parent}:{os.defpath}"}
        data = self._services[name].container.place("/var/lib/postgresql")
        return {
            "PATH": f"{_IMAGE}:{_home_of_postgres()}:{os.defpath}",
            "PGDATA": str(data / "data"),
            "PGHOST": str(data),
            "PGPORT": self.ports[name],
        }

    def _image_of_proxy(self) -> dict[str, str]:
        """Let it listen beside the world, and speak TLS with an authority of its own."""
        listen = {"http_port": str(free_port()), "https_port": self.ports[PROXY]}
        options = "\n".join([*map(" ".join, listen.items()), "skip_install_trust"])
        caddy = program("caddy")
        return {
            "PATH": f"{Path(caddy).parent}:{os.defpath}",
            "XDG_DATA_HOME": str(self._services[PROXY].container.place("/data")),
            "XDG_CONFIG_HOME": str(self._services[PROXY].container.place("/config")),
            "DOWNTIME_PROXY_TLS": "tls internal",
            "DOWNTIME_PROXY_OPTIONS": options,
            "DOWNTIME_PROXY_UPSTREAM": f"127.0.0.1:{self.ports['api']}",
            "DOWNTIME_PROXY_LIVE_UPSTREAM": f"127.0.0.1:{self.ports['live']}",
            "DOWNTIME_PROXY_BUFFERS": str(ROOT / "deploy" / buffers_for(caddy)),
            "DOWNTIME_PROXY_HEALTH_PORT": str(free_port()),
        }

    def _run(self, name: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = self.environment(name)
        return subprocess.run(
            _resolved(command, environment),
            env=environment,
            cwd=ROOT,
            timeout=_JOB_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )

    def _start(self, name: str, user: str | None = None) -> None:
        if user:
            _give(self._services[name].container.root, user)
        environment = self.environment(name)
        words = _resolved(self._services[name].command, environment)
        log = self.log / f"{name}.log"
        process = Process(_as_fork(Program(name, words, environment, log, user=user)))
        self._running.append(process)
        process.start()

    def _stop(self) -> None:
        """End all at once: nothing of theirs is needed any more but the memory that Postgres shares."""
        for process in self._running:
            process.ask_to_stop(signal.SIGQUIT if process.name == "postgres" else signal.SIGKILL)
        for process in self._running:
            process.join()


def _as_fork(program: Program) -> Program:
    """Let our own programs import once what they share: each has its own settings nevertheless."""
    is_ours = Path(program.command[0]).parent == Path(sys.executable).parent
    return forks.forked(program) if is_ours else program


def _resolved(command: list[str], environment: Mapping[str, str]) -> list[str]:
    return [shutil.which(command[0], path=environment["PATH"]) or command[0], *command[1:]]


def _home_of_postgres() -> Path:
    """Debian keeps its programs away from others; the embedded server speaks no TLS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return (found[-1] if found else Path(program("postgres"))).parent


def _for_this_server(users: Path) -> None:
    """Take out a word that Redis learned in 7.2, where the server is older than that of the image."""
    said = subprocess.run(
        [program("redis-server"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    version = re.search(r"v=(\d+)\.(\d+)", said)
    assert version
    if tuple(map(int, version.groups())) < (7, 2):
        users.chmod(0o644)
        users.write_text(users.read_text().replace(" +client|setinfo", ""))


def buffers_for(caddy: str) -> str:
    """Name the file of deploy/ that this version understands; Debian's may be older than the image's."""
    said = subprocess.run([caddy, "version"], capture_output=True, text=True, check=True).stdout
    version = [int(part) for part in re.findall(r"\d+", said)[:3]]
    return "buffers-2.6" if version < [2, 6, 4] else "buffers"


def _give(root: Path, user: str) -> None:
    for path in (root, *root.rglob("*")):
        if path.is_dir():
            server_user.give(path, user)
