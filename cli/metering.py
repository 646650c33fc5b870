"""Count the usage of hours again, and write what differs from the metered usage as corrections.

It may run at any time and any number of times. Usage whose sources are not kept any more stays as
it is: exports of 29 days, executed checks of 34, everything else of a year.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from config.settings import load
from models.session import database_now, engine, session_scope
from services.usage import metering

_DAY = 86_400


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime metering", description=__doc__)
    parser.add_argument("action", choices=["recount"], help="what to do")
    parser.add_argument("--days", type=int, default=31, help="how many days back (default: 31)")
    options = parser.parse_args(argv)
    load().need("database_url")
    with session_scope() as session:
        now = database_now(session)
    low = int((now - timedelta(days=options.days)).timestamp()) // _DAY * _DAY
    total = 0
    for begin in range(low, int(now.timestamp()) + 1, _DAY):
        with session_scope() as session:
            found = metering.recount(session, begin, begin + _DAY, now=now)
        total += len(found)
        for each in found:
            at = datetime.fromtimestamp(each.from_slot, UTC)
            print(f"{at:%Y-%m-%d %H:00} {each.meter} of {each.organization_id}: {each.amount:+}")
    engine().dispose()
    print(f"{total} hours were corrected.")
    return 0
