"""How long a sweep of the burn rates of 10,000 SLOs takes.

    python -m benchmarks.slos [--slos 10000]

Each SLO is of one monitor of one organization and notifies a contact. First nothing burns; then all
monitors went down ten minutes ago, so that each SLO begins to burn and writes a message; then all
episodes continue. Each sweep is several transactions, as the task makes them.
"""

import argparse
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from benchmarks import populations
from benchmarks.many_monitors import servers
from benchmarks.ratios import Ratio, print_table
from benchmarks.usage import cpu_seconds
from models import (
    BurnRate,
    Channel,
    Contact,
    ContactGroup,
    ContactGroupMember,
    Delivery,
    Monitor,
    Organization,
    Slo,
    SloContactGroup,
)
from models.slo import Indicator
from services.warnings import slo_burn

_WANTED_SECONDS = 10
_DOWN = """
    INSERT INTO incidents (public_id, organization_id, monitor_id, severity, started_at,
        confirmed_at, cause, detail)
    SELECT gen_random_uuid(), organization_id, id, 'down', now() - interval '10 minutes',
        now() - interval '10 minutes', 10, 'Answered 500.'
    FROM monitors WHERE organization_id = :organization
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slos", type=int, default=10_000)
    print_table(compare(parser.parse_args().slos))


def compare(count: int = 10_000) -> list[Ratio]:
    """Measure each sweep, and put its seconds beside the most that it may take."""
    with servers() as postgres:
        organization_id = _prepared(count)
        found = [_swept(f"{count} SLOs, none burning", postgres)]
        with _transaction() as session:
            session.execute(text(_DOWN), {"organization": organization_id})
        found.append(_swept(f"{count} SLOs, all beginning to burn", postgres))
        with _transaction() as session:
            counts = [
                session.scalar(select(func.count()).select_from(table))
                for table in (BurnRate, Delivery)
            ]
        assert counts == [count, count], counts
        found.append(_swept(f"{count} SLOs, all burning", postgres))
    return found


def _transaction() -> AbstractContextManager[Session]:
    # It reads the settings, which the servers change.
    from models.session import session_scope  # noqa: PLC0415

    return session_scope()


def _swept(what: str, postgres: int) -> Ratio:
    """Sweep as the task does, and print what it took."""
    from models.session import database_now  # noqa: PLC0415

    began = time.perf_counter(), time.process_time(), cpu_seconds(postgres)
    after: slo_burn.After | None = slo_burn.FIRST
    longest = 0.0
    while after is not None:
        at = time.perf_counter()
        with _transaction() as session:
            after = slo_burn.sweep(session, now=database_now(session), after=after)
        longest = max(longest, time.perf_counter() - at)
    ended = time.perf_counter(), time.process_time(), cpu_seconds(postgres)
    took, python, server = (b - a for a, b in zip(began, ended, strict=True))
    print(
        f"{what:<40} {took:6.1f} s, the longest transaction {longest:5.1f} s"
        f"  CPU: Python {python:5.1f} s, Postgres {server:5.1f} s",
        flush=True,
    )
    return Ratio(what, took, _WANTED_SECONDS, "s")


def _prepared(count: int) -> int:
    print(f"making {count} SLOs …", flush=True)
    with _transaction() as session:
        organization = Organization(name="Shop")
        session.add(organization)
        session.flush()
        owner = organization.id
        populations.fill(session, owner, count)
        # What fails begins later.
        session.execute(text("DELETE FROM incidents"))
        session.execute(text("UPDATE monitor_states SET state = 'up', incident_open = false"))
        keys = session.scalars(select(Monitor.id).where(Monitor.organization_id == owner)).all()
        now = datetime.now(UTC)
        usual = {
            "organization_id": owner,
            "indicator": Indicator.AVAILABILITY,
            "target_percent": 99.9,
            "rolling_days": 30,
            "time_zone": "UTC",
            "created_at": now,
            "updated_at": now,
        }
        rows = [{**usual, "name": f"SLO {key}", "monitor_id": key} for key in keys]
        session.execute(insert(Slo), rows)
        group = _on_call(session, owner, now)
        slos = session.scalars(select(Slo.id))
        links = [
            {"slo_id": key, "contact_group_id": group, "organization_id": owner} for key in slos
        ]
        session.execute(insert(SloContactGroup), links)
    with _transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text("ANALYZE"))
    return owner


def _on_call(session: Session, owner: int, now: datetime) -> int:
    """Return the key of a group with one contact, who agreed to get mail."""
    contact = Contact(organization_id=owner, name="Ann")
    group = ContactGroup(organization_id=owner, name="On call")
    session.add_all([contact, group])
    session.flush()
    channel = Channel(
        organization_id=owner,
        contact_id=contact.id,
        kind="email",
        address="ann@example.test",
        confirmed_at=now - timedelta(days=1),
    )
    member = ContactGroupMember(
        organization_id=owner, contact_group_id=group.id, contact_id=contact.id
    )
    session.add_all([channel, member])
    session.flush()
    return group.id


if __name__ == "__main__":
    main()
