"""Write the roll-ups of all hours, days and months again from the existing rows of checks.

It may run at any time and any number of times, and changes only what is wrong. Roll-ups of days
whose checks are gone do not change.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from config.settings import load
from models.session import engine, session_scope
from services.operations import partitions
from services.rollups import rebuild


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime rollups", description=__doc__)
    parser.add_argument("action", choices=["rebuild"], help="what to do")
    parser.parse_args(argv)
    load().need("database_url")
    with session_scope() as session:
        first = partitions.first_day(session)
        days = list(rebuild.days(session, first=first)) if first else []
        dates = [datetime.fromtimestamp(begin, UTC).date() for begin in days]
        partitions.make(session, [partitions.HOURS], dates)
    for begin in days:
        _day(begin)
    engine().dispose()
    print("The roll-ups of all hours, days and months now match their checks.")
    return 0


def _day(begin: int) -> None:
    last: int | None = 0
    while last is not None:
        with session_scope() as session:
            last = rebuild.some(session, begin=begin, after=last)
