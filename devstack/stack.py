"""The whole system as processes on one machine, for `make run` and the tests.

    with Stack(directory, counts={"beat": 2, "worker-checks": 2, "flower": 0}) as stack:
        os.kill(stack.processes["worker-checks.2"].pid, signal.SIGKILL)   # it is started again

Servers are named `postgres`, `redis`, `fork-server`, `smtp`, `sms` and `demo-site`; the others
`<role>.<number>`, as in `devstack.roles`. Each writes `log/<name>.log`. A process that ends is
restarted after a short pause.
"""

import http.client
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from devstack import environment, ports
from devstack.errors import NotReadyError
from devstack.forking import ForkServer, is_possible
from devstack.lock import Lock
from devstack.process import Process, Report, silent
from devstack.program import ROOT, Program
from devstack.roles import ROLES, Role
from devstack.servers import logins
from devstack.servers.postgres import Postgres
from devstack.servers.redis import Redis
from security.messages.components import COMPONENTS

# Each small server, and the setting that replaces it.
_SINKS = {
    "smtp": ("devstack.sinks.smtp", "SMTP_URL"),
    "sms": ("devstack.sinks.sms", "DOWNTIME_SMS_GATEWAY_URL"),
    "demo-site": ("devstack.demo.site", ""),
}
ANY_PORTS = ports.Preferred(dict.fromkeys(ports.USUAL, 0))
_STOP_SECONDS = 20
_JOB_SECONDS = 120


class _ServerOf(NamedTuple):
    """A fork server, and the variables that it and its forks start with."""

    variables: Mapping[str, str]
    server: ForkServer


class Stack:
    def __init__(
        self,
        directory: Path,
        *,
        counts: Mapping[str, int] | None = None,
        settings: Mapping[str, str] | None = None,
        settings_of: Mapping[str, Mapping[str, str]] | None = None,
        preferred_ports: ports.Preferred = ANY_PORTS,
        report: Report = silent,
    ) -> None:
        """Keep everything in `directory`.

        `counts` is the number of processes of a role or server; the default is one. `settings` are
        environment variables. If DATABASE_URL, REDIS_URL, SMTP_URL or DOWNTIME_SMS_GATEWAY_URL is
        among them, the embedded server is not started. `settings_of` has further settings of single
        processes, by name.
        """
        self.directory = directory.absolute()
        self.environment: dict[str, str] = {}
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self._own: dict[str, Process] = {}
        self._fork_servers: list[_ServerOf] = []
        self._passwords: dict[str, str] = {}
        self._counts = dict(counts or {})
        self._settings = dict(settings or {})
        self._settings_of = dict(settings_of or {})
        self._preferred_ports = preferred_ports
        self._report = report
        self._ports = ports.Choice(dict(preferred_ports.usual))
        self._lock = Lock(self.directory / "lock")

    @property
    def processes(self) -> dict[str, Process]:
        """All processes, by name, in the order of their start."""
        servers = [server.process for server in (self.postgres, self.redis) if server]
        servers += [each.server.process for each in self._fork_servers]
        return {process.name: process for process in servers} | self._own

    def address(self, name: str) -> str:
        """Return the URL of `api`, `flower`, `sms` or `demo-site` on this machine."""
        return f"http://{ports.HOST}:{self._ports.ports[name]}"

    def other_port(self, name: str) -> str | None:
        """Return why a server does not listen on the expected port, or None if it does."""
        return self._ports.reasons.get(name)

    def start(self) -> None:
        """Start everything in order; if a step fails, stop what was started and raise."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.take()
        try:
            self._start_servers()
            self._prepare_sinks()
            self._prepare_roles()
            for each in self._fork_servers:
                # It imports while the jobs run.
                each.server.start()
            self._run_jobs()
            for process in self._own.values():
                process.start()
        except BaseException:
            self.stop()
            raise

    def wait_ready(self, seconds: float = 60) -> None:
        """Return when `/readyz` of the API is OK, or raise `NotReadyError`."""
        deadline = time.monotonic() + seconds
        while (status := self._status("/readyz")) != http.client.OK:
            failing = [name for name, process in self.processes.items() if process.failing]
            if failing or time.monotonic() > deadline:
                names = ", ".join(failing) or f"api (/readyz: {status or 'no answer'})"
                raise NotReadyError(f"Not ready: look for {names} in {self.directory / 'log'}.")
            time.sleep(0.1)

    def run(self, command: list[str], settings: Mapping[str, str] | None = None) -> None:
        """Run a command of the project to its end, with the settings of this stack and its own."""
        log = self._log("jobs")
        with log.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - the commands of our own table
                [self._resolve(command[0]), *command[1:]],
                env=self.environment | dict(settings or {}),
                cwd=ROOT,
                stdout=output,
                stderr=output,
                timeout=_JOB_SECONDS,
                check=False,
            )
        if done.returncode:
            raise NotReadyError(f"`{' '.join(command)}` failed: look at the end of {log}.")

    def stop(self) -> None:
        """Stop everything: first all processes at once, then the servers that they use."""
        for process in self._own.values():
            process.ask_to_stop()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._own.values():
            process.join(max(0.0, deadline - time.monotonic()))
        for each in self._fork_servers:
            each.server.stop()
        for server in (self.redis, self.postgres):
            if server:
                server.stop()
        self._lock.release()

    def hurry(self) -> None:
        """Make a running `stop` end now: a kill loses nothing here."""
        for process in self._own.values():
            process.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        test_run: TracebackType | None,
    ) -> None:
        self.stop()

    def _start_servers(self) -> None:
        # The last ones were stopped for good; the next are made for the first that is forked.
        self._fork_servers.clear()
        urls: dict[str, str] = {}
        if not environment.is_given("DATABASE_URL", self._settings):
            self.postgres = Postgres(
                self.directory / "postgres", log=self._log("postgres"), report=self._report
            )
            urls["DATABASE_URL"] = self.postgres.url()
        if not environment.is_given("REDIS_URL", self._settings):
            self.redis = Redis(
                self.directory / "redis",
                secrets=self.directory / "secrets",
                log=self._log("redis"),
                report=self._report,
            )
            urls["REDIS_URL"] = self.redis.url
        self._ports = ports.choose(self.directory / "ports.json", self._preferred_ports)
        self.environment = environment.build(
            self.directory, self._ports.ports, urls | self._settings
        )
        if self.postgres:
            self._passwords = logins.passwords(self.directory / "secrets")

    def _prepare_sinks(self) -> None:
        for name, (module, setting) in _SINKS.items():
            if self._counts.get(name, 1) and not environment.is_given(setting, self._settings):
                listen = ["--host", ports.HOST, "--port", str(self._ports.ports[name])]
                self._add(name, [sys.executable, "-m", module, *listen])

    def _prepare_roles(self) -> None:
        for role in ROLES:
            if role.is_job:
                continue
            own = self._own_keys(role) | self._own_login(role)
            for number in range(1, self._counts.get(role.name, 1) + 1):
                self._add(f"{role.name}.{number}", role.words(number), own)

    def _run_jobs(self) -> None:
        """Run the migration, which gives each process its login at the embedded Postgres."""
        verifiers = logins.verifiers(self._passwords)
        for role in ROLES:
            if role.is_job:
                self.run(role.words(), {"DOWNTIME_POSTGRES_LOGINS": verifiers} if verifiers else {})

    def _own_keys(self, role: Role) -> dict[str, str]:
        if role.component not in COMPONENTS:
            return {}
        return environment.message_keys(self.directory, role.component, self._settings)

    def _own_login(self, role: Role) -> dict[str, str]:
        urls = {}
        if self.postgres:
            # A process without database access gets no URL, least of all the owner's.
            password = self._passwords.get(role.component)
            login = f"{role.component}:{password}"
            urls["DATABASE_URL"] = self.postgres.url(login=login) if password else ""
        if self.redis:
            urls["REDIS_URL"] = self.redis.url_of(role.component)
        return urls

    def _add(self, name: str, command: list[str], own: Mapping[str, str] | None = None) -> None:
        words = [self._resolve(command[0]), *command[1:]]
        variables = self.environment | dict(own or {}) | dict(self._settings_of.get(name, {}))
        program = self._program(Program(name, words, variables, self._log(name)))
        self._own[name] = Process(program, self._report)

    def _program(self, program: Program) -> Program:
        """Let a fork server start it, unless nothing else has the same variables as Python starts."""
        plain = environment.without_settings(program.environment)
        if not is_possible() or not self._is_shared(plain):
            return program
        known = [each.server for each in self._fork_servers if each.variables == plain]
        server = known[0] if known else self._new_fork_server(plain)
        return server.forked(program)

    def _is_shared(self, plain: dict[str, str]) -> bool:
        usual = environment.without_settings(self.environment)
        others = (environment.without_settings(each) for each in self._settings_of.values())
        return plain == usual or sum(usual | each == plain for each in others) > 1

    def _new_fork_server(self, plain: dict[str, str]) -> ForkServer:
        number = len(self._fork_servers) + 1
        name = ForkServer.NAME if number == 1 else f"{ForkServer.NAME}.{number}"
        server = ForkServer(plain, self._log(name), self._report, name=name)
        self._fork_servers.append(_ServerOf(plain, server))
        return server

    def _resolve(self, program: str) -> str:
        """Return a program of the virtual environment first, as its activation would."""
        return shutil.which(program, path=self.environment["PATH"]) or program

    def _log(self, name: str) -> Path:
        directory = self.directory / "log"
        directory.mkdir(exist_ok=True)
        return directory / f"{name}.log"

    def _status(self, path: str) -> int | None:
        connection = http.client.HTTPConnection(ports.HOST, self._ports.ports["api"], timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
