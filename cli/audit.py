"""Verify the audit log: that nobody changed, removed, inserted or moved an entry."""

import argparse
import sys
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import load
from models import Organization
from models.session import engine, session_scope
from services.audit import acts, verify

_UNLIMITED = 0


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime audit", description=__doc__)
    parser.add_argument("action", choices=["verify"], help="what to do")
    parser.add_argument(
        "--organization", type=uuid.UUID, metavar="ID", help="verify the chain of this one only"
    )
    parser.add_argument(
        "--anchor",
        type=_anchor,
        action="append",
        default=[],
        metavar="SEQUENCE:HASH",
        help="an entry that was noted elsewhere; with --organization",
    )
    given = parser.parse_args(argv)
    if given.anchor and given.organization is None:
        parser.error("--anchor needs --organization")
    load().need("database_url")
    try:
        return _verify(given.organization, dict(given.anchor))
    finally:
        engine().dispose()


def _verify(public_id: uuid.UUID | None, anchors: Mapping[int, bytes]) -> int:
    with session_scope() as session:
        # Of one moment, because acts go on meanwhile.
        connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        # A long chain takes longer than any statement of a request may.
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_UNLIMITED}")
        names = {row.id: row for row in session.scalars(select(Organization))}
        wanted = _wanted(session, public_id, names)
        if not wanted:
            print("There is no such organization.", file=sys.stderr)
            return 2
        verdicts = [verify.verify(session, each, anchors) for each in wanted]
    for verdict in verdicts:
        _print(verdict, names.get(verdict.organization_id))
    broken = sum(not verdict.is_intact for verdict in verdicts)
    print(f"{len(verdicts) - broken} chains are intact, {broken} are not.")
    return 1 if broken else 0


def _wanted(
    session: Session, public_id: uuid.UUID | None, names: Mapping[int, Organization]
) -> Sequence[int]:
    if public_id is None:
        return verify.heads(session)
    return [key for key, each in names.items() if each.public_id == public_id]


def _print(verdict: verify.Verdict, organization: Organization | None) -> None:
    if verdict.organization_id == acts.INSTANCE:
        name = "this installation"
    else:
        name = "a deleted organization" if organization is None else str(organization.public_id)
    state = "intact" if verdict.is_intact else "NOT INTACT"
    print(
        f"{name}: {state}, {verdict.entries} entries, last {verdict.last}:{verdict.last_hash.hex()}"
    )
    for problem in verdict.problems:
        print(f"  entry {problem.sequence}: {problem.text}")


def _anchor(text: str) -> tuple[int, bytes]:
    sequence, _, digest = text.partition(":")
    return int(sequence), bytes.fromhex(digest)
