"""Minutes of random faults against the whole system: `python -m tests.faults.chaos --minutes 5 --seed 1`."""

import argparse
import secrets
import sys
import tempfile
import warnings
from pathlib import Path

from tests.faults import plan, report
from tests.faults.evidence import Site
from tests.faults.oracle import judge
from tests.faults.run import undergo

_OUTAGE_SECONDS = 100
_MONITORS = 98


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument(
        "--rate", type=int, default=0, help="checks a second of sites that are always up, beside"
    )
    parser.add_argument("--keep", type=Path, help="a new directory for data and logs that stays")
    options = parser.parse_args(argv)
    _show(f"seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as name:
        wrong = _run(
            options.keep or Path(name), options.minutes * 60, options.seed, rate=options.rate
        )
    _show(f"seed {options.seed}: {f'{len(wrong)} things are wrong' if wrong else 'all is right'}")
    return 1 if wrong else 0


def _run(directory: Path, seconds: float, seed: int, *, rate: int) -> list[str]:
    random = plan.seeded(seed)
    faults = plan.long(random, seconds=seconds)
    # An outage begins and ends while things are being disturbed, but is found out in any case.
    run = undergo(
        directory,
        lambda start: [
            *plan.sites(
                random,
                start=start,
                seconds=seconds + _OUTAGE_SECONDS / 2,
                outage_seconds=_OUTAGE_SECONDS,
                count=_MONITORS,
            ),
            *[Site()] * (rate * Site().interval),
        ],
        faults,
        seconds + _OUTAGE_SECONDS,
    )
    wrong = judge(run.evidence)
    _show(*report.lines(run), "", *wrong, *report.story(run.evidence, wrong))
    return wrong


def _show(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    warnings.simplefilter("error")
    sys.exit(main(sys.argv[1:]))
