"""A site in a process of its own, so that its cost is not counted with that of what is measured.

It answers 200 to everything and notes when each path, a number, was asked for.
"""

import argparse
import signal
import ssl
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.site import ScriptedSite


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    log: Path
    process: "subprocess.Popen[str]"

    def close(self) -> list[tuple[int, float]]:
        """End it; return the number and the unix time of each request, in their order."""
        self.process.terminate()
        self.process.wait(30)
        pairs = array("d", self.log.read_bytes())
        return list(zip(map(int, pairs[::2]), pairs[1::2], strict=True))


@contextmanager
def site_process(directory: Path, certificate: Path | None = None) -> Iterator[Site]:
    log = directory / "requests"
    command = [sys.executable, "-m", "benchmarks.site", str(log)]
    command += ["--certificate", str(certificate)] if certificate else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Site(process.stdout.readline().strip(), log, process)
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--certificate", type=Path, help="PEM with the key: serve HTTPS")
    options = parser.parse_args()
    seen = array("d")

    def answer(path: str) -> int:
        number = path.strip("/")
        seen.extend((float(number) if number.isdigit() else -1.0, time.time()))
        return 200

    def end(*_: object) -> None:
        raise SystemExit

    tls = None
    if options.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.certificate)
    signal.signal(signal.SIGTERM, end)
    with ScriptedSite(tls=tls) as site:
        site.answer = answer
        print(site.url, flush=True)
        try:
            signal.pause()
        finally:
            options.log.write_bytes(seen.tobytes())


if __name__ == "__main__":
    main()
