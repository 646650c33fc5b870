"""Kills processes between an act and its entry: `python -m tests.services.audit.killed URL [KILLS]`.

URL is that of an empty, migrated database, as a superuser.
"""

import os
import random
import signal
import sys
import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AuditEntry, ContactGroup, Organization
from models.audit_entry import Via
from models.session import act_for, make_engine
from services.audit import acts, record
from services.audit.acts import Circumstances
from services.audit.verify import verify

_USUAL = 200
_MOST_ACTS = 8


def kill_one(url: str, organization_id: int, seed: int) -> None:
    """Start a process that acts without end, and kill it at a point of one of its acts."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _act_for_ever(url, organization_id, writing)
    os.close(writing)
    # It says when it begins an act, when that is written, when its entry is, and when both are there.
    for _ in range(random.Random(seed).randint(1, 4 * _MOST_ACTS)):
        os.read(reading, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)


def counted(url: str, organization_id: int) -> tuple[int, int, bool]:
    """Return the number of acts and of entries, and whether the chain is intact."""
    engine = make_engine(url)
    with Session(engine) as session:
        done = session.scalar(
            select(func.count()).where(ContactGroup.organization_id == organization_id)
        )
        entries = session.scalar(
            select(func.count()).where(AuditEntry.organization_id == organization_id)
        )
        is_intact = verify(session, organization_id).is_intact
    engine.dispose()
    return done or 0, entries or 0, is_intact


def _act_for_ever(url: str, organization_id: int, said: int) -> None:
    engine = make_engine(url, role="downtime_api")
    try:
        while True:
            os.write(said, b"b")
            with Session(engine) as session, session.begin():
                act_for(session, organization_id)
                acts.begin(session, Circumstances(action="contact_group.created", via=Via.APP))
                acts.declare_user(session, organization_id, 0)
                session.add(ContactGroup(organization_id=organization_id, name=str(uuid.uuid4())))
                session.flush()
                os.write(said, b"a")
                record.record(session)
                os.write(said, b"e")
            os.write(said, b"c")
    finally:
        os._exit(1)


def main(url: str, kills: int = _USUAL) -> None:
    engine = make_engine(url)
    with Session(engine) as session, session.begin():
        organization = Organization(name="Killed")
        session.add(organization)
        session.flush()
        key = organization.id
    engine.dispose()
    for seed in range(kills):
        kill_one(url, key, seed)
        done, entries, is_intact = counted(url, key)
        if done != entries or not is_intact:
            sys.exit(f"kill {seed}: {done} acts and {entries} entries, intact: {is_intact}")
    print(f"{kills} kills: {done} acts, {entries} entries, chain intact")  # noqa: T201 - its output


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
