"""From the answer that shows an outage, or its end, to the mail that the mail server accepted.

    python -m benchmarks.detection [--outages 100] [--waiting 1000]

The stack is the one that users run. Sites go down one after the other, each with a person of its
own to tell, and then up again in the same order. It is measured with nothing else to do, while 1,000 texts of the same organization
wait for a gateway that never answers, and while 1,000 mails to one domain, of the same organization
or of another one, wait in the middle of their conversation with the mail server.
"""

import argparse
import asyncio
import socket
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from uuid import UUID

from aiosmtpd.smtp import SMTP, Envelope
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from benchmarks.ratios import Ratio, print_table
from benchmarks.watching import AHEAD, ALONE, NO_LIMITS
from devstack.keys import new_encryption_key
from devstack.sinks.smtp import MailSink
from devstack.stack import Stack
from domain.alerting.alert import AlertEvent
from models import Channel, Contact, Delivery, Organization
from models.delivery import OPEN
from models.session import make_engine
from security.vault import KeyRing
from services import quotas
from services.contacts import groups as contact_groups
from services.monitors import monitors
from services.monitors.values import MonitorValues
from services.outbox import deliveries
from services.outbox.recipients import Destination
from tests.servers.site import ScriptedSite

INTERVAL = 5
TARGET_SECONDS = 2
"""The most that the 95th percentile may be."""
_HANGS = "hangs.example"
_SETTLING_SECONDS = 25
"""Until every site was seen to be up, and what waits has taken all the places that it gets."""
_APART_SECONDS = 0.2
_PATIENCE_SECONDS = 60
_COUNTS = {**ALONE, "worker-notifications": 1}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages that nobody will accept; `mine` are of the organization whose sites go down."""

    count: int = 0
    kind: str = ""
    mine: bool = False


class Mailbox(MailSink):
    """Notes when the mails to each person were accepted; those to one domain are never answered."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.accepted: defaultdict[str, list[float]] = defaultdict(list)

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        recipient = envelope.rcpt_tos[0]
        if recipient.endswith(_HANGS):
            await asyncio.sleep(_PATIENCE_SECONDS * 10)
        self.accepted[recipient].append(time.time())
        return await super().handle_DATA(_server, _session, envelope)


@dataclass(slots=True)
class Sites:
    """Notes when each site first answered that it is down, then up; they are paths of one server."""

    changes: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    shown: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def answer(self, path: str) -> int:
        changes = self.changes[path]
        if len(self.shown[path]) < changes:
            self.shown[path].append(time.time())
        return 500 if changes == 1 else 200


def measure(directory: Path, outages: int, waiting: Waiting) -> tuple[list[float], list[float]]:
    """Return how long each outage, and its end, took to be told; what never was counts as forever.

    In seconds.
    """
    sites = Sites()
    with (
        ScriptedSite() as server,
        Mailbox(directory / "mail") as mailbox,
        _gateway() as gateway,
        Stack(
            directory / "stack",
            counts=_COUNTS,
            settings={"SMTP_URL": mailbox.url, "DOWNTIME_SMS_GATEWAY_URL": gateway},
        ) as stack,
    ):
        server.answer = sites.answer
        engine = make_engine(stack.environment["DATABASE_URL"])
        _watch(engine, server.url, outages, waiting)
        time.sleep(_SETTLING_SECONDS)
        for notified in (1, 2):
            for number in range(outages):
                sites.changes[f"/{number}"] += 1
                time.sleep(_APART_SECONDS)
            _wait(mailbox, outages, notified)
        left = _waiting(engine)
        engine.dispose()
    if left < waiting.count:
        raise RuntimeError(f"Of {waiting.count} messages that were to wait only {left} did.")
    return _took(sites, mailbox, outages, 0), _took(sites, mailbox, outages, 1)


def _wait(mailbox: Mailbox, people: int, mails: int) -> None:
    """Wait until that many people have that many mails each."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        if sum(len(each) >= mails for each in list(mailbox.accepted.values())) >= people:
            return
        time.sleep(0.1)


def _took(sites: Sites, mailbox: Mailbox, outages: int, nth: int) -> list[float]:
    never = float("inf")
    accepted = (dict(enumerate(mailbox.accepted[_person(number)])) for number in range(outages))
    shown = (dict(enumerate(sites.shown[f"/{number}"])) for number in range(outages))
    return [
        mails.get(nth, never) - answers.get(nth, 0)
        for mails, answers in zip(accepted, shown, strict=True)
    ]


def _waiting(engine: Engine) -> int:
    """Count the messages that nobody accepted."""
    with Session(engine) as session:
        waits = select(func.count(Delivery.id)).where(Delivery.state.in_(OPEN))
        return session.scalars(waits).one()


@contextmanager
def _gateway() -> Iterator[str]:
    """Listen without ever accepting: connections are established, and nothing comes."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _watch(engine: Engine, url: str, count: int, waiting: Waiting) -> None:
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        mine, other = Organization(name="Bench"), Organization(name="Other")
        session.add_all([mine, other])
        session.flush()
        wanted = [
            MonitorValues(
                name=f"Site {number}",
                url=f"{url}/{number}",
                interval_seconds=INTERVAL,
                confirmations=1,
                contact_group_ids=[_group(session, mine.id, number, now=now)],
            )
            for number in range(count)
        ]
        # Sites have nothing to seal, so any key will do.
        ring = KeyRing.parse(new_encryption_key())
        quotas.use(session, NO_LIMITS)
        monitors.create_all(session, mine.id, wanted, ring=ring, now=now + AHEAD)
        if waiting.count:
            _let_wait(session, mine.id if waiting.mine else other.id, waiting, now=now)


def _group(session: Session, organization_id: int, number: int, *, now: datetime) -> UUID:
    owner = {"organization_id": organization_id}
    channel = Channel(kind="email", address=_person(number), confirmed_at=now, **owner)
    contact = Contact(name=f"Person {number}", channels=[channel], **owner)
    session.add(contact)
    session.flush()
    return contact_groups.create(
        session,
        organization_id,
        name=f"Group {number}",
        contact_ids=[contact.public_id],
        now=now,
    ).public_id


def _let_wait(session: Session, organization_id: int, waiting: Waiting, *, now: datetime) -> None:
    """Write messages to as many addresses, whose provider will not answer."""
    addresses = (
        f"+4915112{number:06}" if waiting.kind == "sms" else f"person{number}@{_HANGS}"
        for number in range(waiting.count)
    )
    deliveries.record(
        session,
        organization_id=organization_id,
        dedup_key="bench",
        event=AlertEvent.TEST,
        channels=[Destination(waiting.kind, address) for address in addresses],
        now=now,
    )


def _person(number: int) -> str:
    return f"person{number}@works.example"


def compare(outages: int = 100, count: int = 1000) -> Iterator[Ratio]:
    """Measure, print, and return the 95th percentiles beside what they may be."""
    for name, waiting in (
        ("alone", Waiting()),
        (f"beside {count} texts that hang", Waiting(count, "sms", mine=True)),
        (f"beside {count} mails that hang", Waiting(count, "email", mine=True)),
        (f"beside {count} mails of others that hang", Waiting(count, "email")),
    ):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
            Path(directory).chmod(0o755)
            both = measure(Path(directory), outages, waiting)
        for change, each in zip(("outage", "end"), both, strict=True):
            took = quantiles(each, n=20, method="inclusive")
            what = f"{change} to accepted mail, {name}"
            print(f"{what:<62} p50 {took[9]:5.2f} s, p95 {took[18]:5.2f} s")
            yield Ratio(f"{what}, p95", took[18] * 1000, TARGET_SECONDS * 1000, "ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outages", type=int, default=100)
    parser.add_argument("--waiting", type=int, default=1000)
    wanted = parser.parse_args()
    print_table(list(compare(wanted.outages, wanted.waiting)))


if __name__ == "__main__":
    main()
