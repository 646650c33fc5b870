"""The same checks by Prometheus with blackbox_exporter, beside ours: the ratio of CPU per check.

    python -m benchmarks.prometheus [--rate 500] [--seconds 30]

Both watch the same local site at the same rate, one after the other in one run, and verify its
certificate. Theirs is probe, scrape, store and one alert rule; ours is dispatch, queue, probe,
store, state and outbox.
"""

import argparse
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from benchmarks.certificates import KINDS, make_certificate
from benchmarks.ratios import Ratio, print_table
from benchmarks.site import Site, site_process
from benchmarks.steady import Load, open_directory, run
from benchmarks.usage import cpu_seconds

PROGRAMS = ("prometheus", "prometheus-blackbox-exporter")
INTERVAL = 5


def compare(rate: int = 500, seconds: int = 30) -> list[Ratio]:
    """Compare over HTTP, and over HTTPS for each kind of certificate."""
    if not all(shutil.which(program) for program in PROGRAMS):
        print(f"\nNot compared with Prometheus: install {' and '.join(PROGRAMS)}.")
        return []
    http = _compared("HTTP", None, rate, seconds)
    https = [_compared(f"HTTPS ({kind})", kind, rate, seconds) for kind in KINDS]
    return [http, *https]


def _compared(name: str, certificate_kind: str | None, rate: int, seconds: int) -> Ratio:
    load = Load(monitors=rate * INTERVAL, interval=INTERVAL, seconds=seconds)
    with open_directory() as directory:
        trust, served = {}, None
        if certificate_kind:
            certificate = make_certificate(directory, certificate_kind)
            # Go and OpenSSL both look here for whom to trust, and read it once.
            trust = {"SSL_CERT_FILE": str(certificate.authority)}
            served = certificate.site
        with site_process(directory, served) as site:
            theirs = _their_cost(directory, site, load, trust)
        with site_process(directory, served) as site:
            ours = run(directory / "stack", site, load, environment=trust)
    print(f"\n{name}: Prometheus and blackbox_exporter {theirs:.0f} us per check; ours:", end="")
    ours.print()
    return Ratio(
        f"{name}, beside Prometheus and blackbox_exporter",
        ours.cost.microseconds_per_check,
        theirs,
    )


def _their_cost(directory: Path, site: Site, load: Load, environment: Mapping[str, str]) -> float:
    blackbox, prometheus = _free_port(), _free_port()
    _write_configuration(directory, site.url, load.monitors, blackbox)
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
        pids = [running.enter_context(_process(command, environment)) for command in commands]
        time.sleep(10)
        before, began = sum(map(cpu_seconds, pids)), time.time()
        time.sleep(load.seconds)
        used, ended = sum(map(cpu_seconds, pids)) - before, time.time()
    checks = sum(1 for _, when in site.close() if began <= when < ended)
    return 1e6 * used / checks


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


def _write_configuration(directory: Path, url: str, count: int, blackbox: int) -> None:
    module = {"prober": "http", "timeout": "4s", "http": {"preferred_ip_protocol": "ip4"}}
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="checks per second")
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    print_table(compare(options.rate, options.seconds))


if __name__ == "__main__":
    main()
