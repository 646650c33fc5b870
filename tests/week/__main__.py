"""A whole week of 1,000 monitors: `python -m tests.week --seed 7`, or `make week`."""

import argparse
import secrets
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from devstack.program import ROOT
from devstack.servers.postgres import Postgres
from models.session import make_engine
from tests.week import plan
from tests.week.run import undergo
from tests.week.script import DAY


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.week", description=__doc__)
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--outages", type=float, default=1, help="of one monitor, on average")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args(argv)
    _show(f"seed {options.seed}")
    script = plan.script(
        plan.seeded(options.seed),
        monitors=options.monitors,
        seconds=int(options.days * DAY),
        outages=options.outages,
    )
    with _database() as engine:
        week = undergo(engine, script)
    _show(*week.verdict.wrong, *week.lines())
    return 1 if week.verdict.wrong else 0


@contextmanager
def _database() -> Iterator[Engine]:
    """Give an empty, migrated database that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="week-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        postgres = Postgres(directory / "postgres", durable=False)
        try:
            yield _migrated(postgres.url())
        finally:
            postgres.stop("immediate")


def _migrated(url: str) -> Engine:
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    command.upgrade(config, "head")
    return make_engine(url)


def _show(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1:]))
