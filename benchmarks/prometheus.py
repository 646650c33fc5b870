"""The same checks by Prometheus with blackbox_exporter, beside ours: the ratio of CPU per check.

    python -m benchmarks.prometheus [--rate 500] [--seconds 30]

Both watch the same local site at the same rate, one after the other in one run, and verify its
certificate. Theirs is probe, scrape, store and one alert rule; ours is dispatch, queue, probe,
store, state and outbox.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import blackbox
from benchmarks.blackbox import INTERVAL
from benchmarks.certificates import KINDS, make_certificate
from benchmarks.ratios import Ratio, print_table
from benchmarks.site import Site, site_process
from benchmarks.steady import Load, open_directory, run
from benchmarks.usage import cpu_seconds


def compare(rate: int = 500, seconds: int = 30) -> list[Ratio]:
    """Compare over HTTP, and over HTTPS for each kind of certificate."""
    if not blackbox.is_installed():
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
    urls = [f"{site.url}/{number}" for number in range(load.monitors)]
    with blackbox.watching(directory, urls, environment) as running:
        time.sleep(10)
        before, began = sum(map(cpu_seconds, running.pids)), time.time()
        time.sleep(load.seconds)
        used, ended = sum(map(cpu_seconds, running.pids)) - before, time.time()
    checks = sum(1 for _, when in site.close() if began <= when < ended)
    return 1e6 * used / checks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="checks per second")
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    print_table(compare(options.rate, options.seconds))


if __name__ == "__main__":
    main()
