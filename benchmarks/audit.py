"""What the audit log costs: verifying a chain, searching it, and recording an act.

    python -m benchmarks.audit [--entries 1000000] [--searches 200] [--acts 300]

A Postgres of its own holds one organization with a chain of real hashes, and an application without
HTTP over it. Acts with and without a record take turns, so whatever else the machine does slows both.
"""

import argparse
import io
import json
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from devstack.servers.postgres import Postgres
from models import AuditEntry, AuditHead, ContactGroup, Organization
from models.audit_entry import ActorKind, Via
from models.session import act_for, make_engine
from services.audit import acts, chain, entries, record, verify, words
from services.audit.acts import Circumstances
from services.audit.entries import EntryFilter
from services.pagination import PageRequest

_NOUNS = ("monitor", "contact_group", "channel", "session", "credential")
_VERBS = ("created", "updated", "deleted")
_ACTORS = [uuid.uuid4() for _ in range(50)]
_TARGETS = 20_000
_COLUMNS = [column.name for column in AuditEntry.__table__.columns]
_VERIFY_SECONDS, _SEARCH_MS, _ACT_MS = 60, 100, 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--acts", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="downtime-audit-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        postgres = Postgres(directory / "postgres", durable=False)
        try:
            _measure(postgres.url(), given)
        finally:
            postgres.stop("immediate")


def _measure(url: str, given: argparse.Namespace) -> None:
    config = Config(toml_file=Path(__file__).parents[1] / "pyproject.toml")
    config.attributes["url"] = url
    command.upgrade(config, "head")
    engine = make_engine(url)
    owner = _fill(engine, given.entries)
    with Session(engine) as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        began, busy = time.perf_counter(), time.process_time()
        verdict = verify.verify(session, owner)
        took, busy = time.perf_counter() - began, time.process_time() - busy
    print(
        f"verify: {verdict.entries:,} entries in {took:.1f} s ({busy:.1f} s of this process),"
        f" intact: {verdict.is_intact} (most {_VERIFY_SECONDS} s for a million)"
    )
    api = make_engine(url, role="downtime_api")
    for name, make in _searches().items():
        times = [_timed(partial(_search, api, owner, make())) for _ in range(given.searches)]
        print(f"search by {name}: {_ms(times)} (most {_SEARCH_MS} ms)")
    _acts(api, owner, given.acts)


def _acts(engine: Engine, owner: int, count: int) -> None:
    """Compare acts with and without a record, in turns."""
    without, recorded = [], []
    for _ in range(count):
        without.append(_timed(lambda: _act(engine, owner, is_recorded=False)))
        recorded.append(_timed(lambda: _act(engine, owner, is_recorded=True)))
    print(f"act without a record: {_ms(without)}")
    print(f"act with a record: {_ms(recorded)}")
    differences = [late - soon for late, soon in zip(recorded, without, strict=True)]
    print(f"cost of a record: {_ms(differences)} (most {_ACT_MS} ms)")


def _act(engine: Engine, owner: int, *, is_recorded: bool) -> None:
    with Session(engine) as session, session.begin():
        act_for(session, owner)
        if is_recorded:
            circumstances = Circumstances(
                action="contact_group.created", via=Via.APP, ip="192.0.2.1", user_agent="bench"
            )
            acts.begin(session, circumstances)
            acts.declare_user(session, owner, 0)
        session.add(ContactGroup(organization_id=owner, name=uuid.uuid4().hex))
        session.flush()
        if is_recorded:
            record.record(session)


def _searches() -> dict[str, Callable[[], EntryFilter]]:
    draw = random.Random(1)  # noqa: S311 - spreads searches, and guards nothing
    now = datetime.now(UTC)
    return {
        "nothing": EntryFilter,
        "actor": lambda: EntryFilter(actor_id=draw.choice(_ACTORS)),
        "action": lambda: EntryFilter(action=f"{draw.choice(_NOUNS)}.*"),
        "target": lambda: EntryFilter(target_id=_target(draw.randrange(_TARGETS))),
        "ip": lambda: EntryFilter(ip=f"192.0.2.{draw.randrange(256)}"),
        "via": lambda: EntryFilter(via=Via.LINK),
        "time": lambda: EntryFilter(start=now - timedelta(days=draw.randrange(400))),
        "rare words": lambda: EntryFilter(words=f"target{draw.randrange(_TARGETS)}"),
        "common words": lambda: EntryFilter(words="monitor updated"),
        "words and actor": lambda: EntryFilter(words="monitor", actor_id=draw.choice(_ACTORS)),
    }


def _search(engine: Engine, owner: int, wanted: EntryFilter) -> None:
    with Session(engine) as session:
        act_for(session, owner)
        entries.page(session, owner, wanted, PageRequest())


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _ms(times: list[float]) -> str:
    return f"median {median(times) * 1000:.2f} ms, p95 {quantiles(times, n=20)[-1] * 1000:.2f} ms"


def _target(place: int) -> uuid.UUID:
    return uuid.UUID(int=place + 1)


def _fill(engine: Engine, count: int) -> int:
    """Write a chain of that many entries, and return its organization."""
    with Session(engine) as session, session.begin():
        organization = Organization(name="Large")
        session.add(organization)
        session.flush()
        owner = organization.id
    plain = create_engine(engine.url)
    connection = plain.raw_connection()
    last: AuditEntry | None = None
    cursor: Any = connection.cursor()
    with closing(cursor):
        for batch in _batches(owner, count):
            lines = io.StringIO("".join(_line(entry) for entry in batch))
            cursor.copy_expert(f"COPY audit_entries ({', '.join(_COLUMNS)}) FROM STDIN", lines)
            last = batch[-1]
    connection.commit()
    connection.close()
    plain.dispose()
    if last is None:
        raise ValueError("There is nothing to verify.")
    with Session(engine) as session, session.begin():
        session.add(
            AuditHead(
                organization_id=owner,
                sequence=last.sequence,
                hash=last.hash,
                at=last.at,
                pruned_sequence=0,
                pruned_hash=chain.GENESIS,
            )
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as autocommit:
        autocommit.execute(text("SET statement_timeout = 0"))
        autocommit.execute(text("VACUUM ANALYZE audit_entries"))
    return owner


def _batches(owner: int, count: int) -> Iterator[list[AuditEntry]]:
    draw, before = random.Random(0), chain.GENESIS  # noqa: S311 - test data
    start = datetime.now(UTC) - timedelta(days=400)
    batch: list[AuditEntry] = []
    for sequence in range(1, count + 1):
        entry = _entry(
            draw, owner, sequence, before, start + timedelta(days=400) * sequence / count
        )
        before = entry.hash
        batch.append(entry)
        if len(batch) == 10_000 or sequence == count:
            yield batch
            batch = []


def _entry(
    draw: random.Random, owner: int, sequence: int, before: bytes, at: datetime
) -> AuditEntry:
    place = draw.randrange(_TARGETS)
    noun = draw.choice(_NOUNS)
    entry = AuditEntry(
        organization_id=owner,
        sequence=sequence,
        public_id=uuid.uuid4(),
        at=at,
        action=f"{noun}.{draw.choice(_VERBS)}",
        via=Via.LINK if draw.random() < 0.001 else Via.APP,
        actor_kind=ActorKind.USER,
        actor_id=draw.choice(_ACTORS),
        target_kind=noun,
        target_id=_target(place),
        target_label=f"target{place}",
        request_id=uuid.uuid4().hex,
        changes=[
            {
                "kind": noun,
                "id": str(_target(place)),
                "how": "updated",
                "label": f"target{place}",
                "fields": {"name": ["Shop", "Till"], "interval_seconds": [60, 300]},
            }
        ],
        previous_hash=before,
        salt=chain.new_salt(),
        ip=f"192.0.2.{draw.randrange(256)}",
        user_agent="Mozilla/5.0",
        actor_label=f"person{draw.randrange(50)}@example.test",
        personal=None,
    )
    entry.personal_digest = chain.digest(chain.personal(entry) or {})
    entry.hash = chain.digest(chain.content(entry))
    return entry


def _line(entry: AuditEntry) -> str:
    values = {name: getattr(entry, name) for name in _COLUMNS if name != "words"}
    values["words"] = " ".join(f"'{word}'" for word in words.of_entry(entry))
    return "\t".join(_cell(values[name]) for name in _COLUMNS) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    if isinstance(value, list | dict):
        return json.dumps(value).replace("\\", "\\\\")
    return str(getattr(value, "value", value))


if __name__ == "__main__":
    main()
