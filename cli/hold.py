"""Begin, end or list legal holds: nothing of a held organization is erased.

`begin` takes the reason. Owners see the hold and its reason, unless it is hidden. Both acts are in
the audit log of the installation, under the name of the operator.
"""

import argparse
import getpass
import sys
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from config.settings import load
from models.session import database_now, engine, session_scope
from services.closures import holds
from services.errors import Conflict, Invalid, NotFound


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime hold", description=__doc__)
    parser.add_argument("action", choices=["begin", "end", "list"], help="what to do")
    parser.add_argument(
        "organization", type=uuid.UUID, nargs="?", help="the public id of the organization"
    )
    parser.add_argument("--reason", default="", help="why, such as the number of the case")
    parser.add_argument("--hidden", action="store_true", help="keep it from the owners")
    options = parser.parse_args(argv)
    if options.action != "list" and options.organization is None:
        parser.error("name the organization")
    load().need("database_url")
    try:
        with session_scope() as session:
            _act(session, options)
    except (Conflict, Invalid, NotFound) as error:
        print(_reason(error), file=sys.stderr)
        return 1
    finally:
        engine().dispose()
    return 0


def _act(session: Session, options: argparse.Namespace) -> None:
    if options.action == "begin":
        holds.begin(
            session,
            options.organization,
            reason=options.reason,
            is_hidden=options.hidden,
            operator=getpass.getuser(),
            now=database_now(session),
        )
    elif options.action == "end":
        holds.end(session, options.organization, operator=getpass.getuser())
    for each in holds.every(session):
        hidden = " (hidden)" if each.is_hidden else ""
        print(f"{each.organization.public_id} since {each.since:%Y-%m-%d}{hidden}: {each.reason}")


def _reason(error: Exception) -> str:
    if isinstance(error, Invalid):
        return " ".join(text for texts in error.problems.values() for text in texts)
    return str(error)
