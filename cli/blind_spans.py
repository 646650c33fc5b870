"""Compute the unknown time of all monitors again from the existing rows of checks.

It may run at any time and any number of times. Time before those rows does not change.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, time

from config.settings import load
from models.session import engine, session_scope
from services.evaluation import blind_spans
from services.operations import partitions

_MONITORS_AT_ONCE = 50


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime blind-spans", description=__doc__)
    parser.add_argument("action", choices=["rebuild"], help="what to do")
    parser.parse_args(argv)
    load().need("database_url")
    with session_scope() as session:
        first = partitions.first_day(session)
    since = int(datetime.combine(first, time(), UTC).timestamp()) if first else 0
    last: int | None = 0
    while last is not None:
        with session_scope() as session:
            last = blind_spans.rebuild(session, after=last, limit=_MONITORS_AT_ONCE, since=since)
    engine().dispose()
    print("The unknown time of all monitors now matches their checks.")
    return 0
