"""Prometheus with blackbox_exporter (Debian packages `prometheus` and `prometheus-blackbox-exporter`)."""

import http.client
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import yaml

INTERVAL = 5
_PROGRAMS = ("prometheus", "prometheus-blackbox-exporter")


@dataclass(frozen=True, slots=True)
class Blackbox:
    """Both processes while they run; `port` is that of Prometheus."""

    pids: Sequence[int]
    port: int

    def ask(self, query: str, *, at: float) -> float:
        """Return the one value of a query at a moment, in unix seconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"/api/v1/query?{urlencode({'query': query, 'time': at})}")
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        [series] = answer["data"]["result"]
        return float(series["value"][1])


def is_installed() -> bool:
    """Return whether both programs are there, and say so if not."""
    if all(shutil.which(program) for program in _PROGRAMS):
        return True
    print(f"\nNot compared with Prometheus: install {' and '.join(_PROGRAMS)}.")
    return False


@contextmanager
def watching(
    directory: Path, urls: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[Blackbox]:
    """Watch pages every 5 seconds, with one alert rule."""
    blackbox, prometheus = _free_port(), _free_port()
    _write_configuration(directory, urls, blackbox)
    commands = (
        [
            _PROGRAMS[1],
            f"--config.file={directory}/blackbox.yml",
            f"--web.listen-address=127.0.0.1:{blackbox}",
        ],
        [
            _PROGRAMS[0],
            f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/tsdb",
            f"--web.listen-address=127.0.0.1:{prometheus}",
        ],
    )
    with ExitStack() as running:
        pids = [running.enter_context(_process(each, environment or {})) for each in commands]
        yield Blackbox(pids, prometheus)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _process(command: list[str], environment: Mapping[str, str]) -> Iterator[int]:
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},  # noqa: TID251 - passed on
    ) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def _write_configuration(directory: Path, urls: Sequence[str], blackbox: int) -> None:
    module = {"prober": "http", "timeout": "4s", "http": {"preferred_ip_protocol": "ip4"}}
    rule = {"alert": "Down", "expr": "probe_success == 0", "for": "10s"}
    job = {
        "job_name": "sites",
        "scrape_interval": f"{INTERVAL}s",
        "scrape_timeout": "4s",
        "metrics_path": "/probe",
        "params": {"module": ["page"]},
        "static_configs": [{"targets": list(urls)}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"127.0.0.1:{blackbox}"},
        ],
    }
    files = {
        "blackbox.yml": {"modules": {"page": module}},
        "rules.yml": {"groups": [{"name": "sites", "interval": "5s", "rules": [rule]}]},
        "prometheus.yml": {"rule_files": ["rules.yml"], "scrape_configs": [job]},
    }
    for name, content in files.items():
        (directory / name).write_text(yaml.safe_dump(content))
