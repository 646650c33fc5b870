"""The same checks by Prometheus with blackbox_exporter, beside ours: the ratio of CPU per check.

Both watch the same local site at the same rate, one after the other in one run. Theirs is probe,
scrape, store and one alert rule; ours is dispatch, queue, probe, store, state and outbox.
"""

import argparse
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import trustme
import yaml

from benchmarks.pipeline import INTERVAL, WARM_UP_SECONDS, pipeline_cost
from benchmarks.site import Site, site_process
from benchmarks.usage import cpu_seconds

PROGRAMS = ("prometheus", "prometheus-blackbox-exporter")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=300, help="checks per second")
    parser.add_argument("--seconds", type=int, default=30)
    options, _ = parser.parse_known_args()
    if not all(shutil.which(program) for program in PROGRAMS):
        print(f"Not compared with Prometheus: install {' and '.join(PROGRAMS)}.")
        return
    for scheme in ("http", "https"):
        theirs, ours = _compare(scheme, options.rate, options.seconds)
        print(f"{scheme}: Prometheus and blackbox_exporter {theirs:.0f} us of CPU per check,")
        print(f"  this pipeline {ours:.0f} us: {ours / theirs:.2f} times")


def _compare(scheme: str, rate: int, seconds: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        certificate = _certificate(directory) if scheme == "https" else None
        with site_process(directory, certificate) as site:
            theirs = _their_cost(directory, site, rate, seconds)
        with site_process(directory, certificate) as site:
            cost = pipeline_cost(
                directory / "stack", site.url, rate, seconds, settings={"verify_tls": False}
            )
    return theirs, cost.microseconds_per_check


def _certificate(directory: Path) -> Path:
    path = directory / "site.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    return path


def _their_cost(directory: Path, site: Site, rate: int, seconds: int) -> float:
    blackbox, prometheus = _free_port(), _free_port()
    _write_configuration(directory, site.url, rate * INTERVAL, blackbox)
    commands = (
        [
            PROGRAMS[1],
            f"--config.file={directory}/blackbox.yml",
            f"--web.listen-address=127.0.0.1:{blackbox}",
        ],
        [
            PROGRAMS[0],
            f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/tsdb",
            f"--web.listen-address=127.0.0.1:{prometheus}",
        ],
    )
    with ExitStack() as running:
        pids = [running.enter_context(_process(command)) for command in commands]
        time.sleep(WARM_UP_SECONDS)
        before, began = sum(map(cpu_seconds, pids)), time.time()
        time.sleep(seconds)
        used, ended = sum(map(cpu_seconds, pids)) - before, time.time()
    checks = sum(1 for _, when in site.close() if began <= when < ended)
    return 1e6 * used / checks


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _process(command: list[str]) -> Iterator[int]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def _write_configuration(directory: Path, url: str, count: int, blackbox: int) -> None:
    http = {"tls_config": {"insecure_skip_verify": True}, "preferred_ip_protocol": "ip4"}
    module = {"prober": "http", "timeout": "4s", "http": http}
    rule = {"alert": "Down", "expr": "probe_success == 0", "for": "10s"}
    job = {
        "job_name": "sites",
        "scrape_interval": f"{INTERVAL}s",
        "scrape_timeout": "4s",
        "metrics_path": "/probe",
        "params": {"module": ["page"]},
        "static_configs": [{"targets": [f"{url}/{number}" for number in range(count)]}],
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


if __name__ == "__main__":
    main()
