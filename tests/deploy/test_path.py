"""An outage on its way through a deployment: each process by its own login, all of them over TLS."""

import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from redis import Redis
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from devstack.program import ROOT
from devstack.sinks.smtp import MailSink
from domain.alerting import channel_kind
from domain.evaluation.state import State
from models import Incident, MonitorState
from security.egress.addresses import EgressPolicy
from services.contacts import contacts, opt_in
from services.contacts import groups as contact_groups
from services.contacts.channels import ChannelValues
from services.contacts.contacts import ContactValues
from services.contacts.limits import ContactLimits
from services.monitors import monitors
from services.monitors.values import MonitorValues
from services.operations.database_rights import RIGHTS
from tests.deploy.conftest import Ask
from tests.deploy.deployment import SERVERS, Deployment
from tests.e2e.patience import eventually
from tests.factories.keys import RING
from tests.factories.organizations import organization
from tests.servers.site import ScriptedSite

pytestmark = pytest.mark.stack

_ADDRESS = "on-call@shop.example"
_PATIENCE_SECONDS = 90
_REFUSED = re.compile(r".*(?:permission denied|InsufficientPrivilege|NoPermission|NOPERM).*")
# As beat, with all that it has and nothing more.
_SEND_ALL = """
from tasks import app
for entry in app.conf.beat_schedule.values():
    app.send_task(entry["task"], args=entry.get("args", ()))
"""


@pytest.fixture(scope="module")
def mail(ask: Ask, mails: MailSink) -> Iterator[str]:
    """Let a site be down until somebody is told, and give what they are told."""
    with ScriptedSite() as site:
        site.answer = 500
        with ask("owner") as session:
            watch(session, site.url)
        first, *_ = eventually(lambda: notified(mails), seconds=_PATIENCE_SECONDS, what="a mail")
        yield first


def watch(session: Session, url: str) -> None:
    """Make what a user makes who wants to hear of an outage of this site."""
    now, shop = datetime.now(UTC), organization(session).id
    email = ChannelValues(kind=channel_kind.EMAIL, address=_ADDRESS)
    values = ContactValues(name="On call", channels=(email,))
    # An address is no secret: nothing is sealed with this key.
    limits = ContactLimits(ring=RING, policy=EgressPolicy("any"))
    contact = contacts.create(session, shop, values, limits=limits, now=now)
    for channel in contact.channels:
        opt_in.confirm(session, channel, now=now)
    members = [contact.public_id]
    group = contact_groups.create(session, shop, name="All", contact_ids=members, now=now)
    watched = MonitorValues(
        name="Front page",
        url=f"{url}/",
        interval_seconds=5,
        confirmations=2,
        recheck_seconds=1,
        contact_group_ids=[group.public_id],
    )
    monitors.create(session, shop, watched, ring=RING, now=now)


def notified(mails: MailSink) -> list[str]:
    texts = [path.read_text() for path in mails.directory.glob("*.eml")]
    return [each for each in texts if f"X-Envelope-To: {_ADDRESS}" in each and "Front page" in each]


def test_an_outage_becomes_an_incident_and_a_mail(ask: Ask, mail: str) -> None:
    assert "500" in mail
    with ask("owner") as session:
        incident = session.scalars(select(Incident)).one()
        assert incident.ended_at is None
        state = session.scalars(select(MonitorState)).one()
        assert state.state is State.DOWN


@pytest.mark.parametrize("name", [*SERVERS, "api", "live", "flower"])
def test_health_checks_find_what_they_look_at(deployment: Deployment, name: str) -> None:
    eventually(partial(deployment.is_well, name), seconds=_PATIENCE_SECONDS, what=name)


def test_the_api_finds_that_all_is_well(deployment: Deployment) -> None:
    address = f"http://127.0.0.1:{deployment.ports['api']}/readyz"

    def status() -> bool:
        with suppress(OSError), urlopen(address, timeout=10) as answer:
            return bool(answer.status == HTTPStatus.OK)
        return False

    eventually(status, seconds=_PATIENCE_SECONDS, what="the API to be ready")


def test_flower_shows_the_queues(deployment: Deployment) -> None:
    """It asks the server by a client of its own, and would say that it cannot in its log alone."""
    entry = (deployment.secrets / "flower_basic_auth").read_bytes()
    login = {"Authorization": f"Basic {b64encode(entry).decode()}"}
    address = f"http://127.0.0.1:{deployment.ports['flower']}/broker"
    page = Request(address, headers=login)

    def seen() -> bool:
        with suppress(OSError), urlopen(page, timeout=10) as answer:  # noqa: S310 - ours
            return "q.housekeeping" in answer.read().decode()
        return False

    eventually(seen, seconds=_PATIENCE_SECONDS, what="Flower to list the queues")


def test_everything_of_the_timetable_is_within_the_rights_of_who_does_it(
    deployment: Deployment,
) -> None:
    environment = deployment.environment("beat")
    command = [sys.executable, "-c", _SEND_ALL]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=60)  # noqa: PLW1510 - looked at below
    assert done.returncode == 0, done.stderr
    with Redis.from_url(deployment.url("redis_url_housekeeping")) as redis:
        eventually(
            lambda: (
                not redis.exists("q.dispatch", "q.notifications", "q.housekeeping", "q.exports")
                and not _tasks_in_hand(redis)
            ),
            seconds=_PATIENCE_SECONDS,
            what="everything to be worked off",
        )
    said = "".join(log.read_text() for log in deployment.log.glob("*.log"))
    assert _REFUSED.findall(said) == []


def _tasks_in_hand(redis: Redis) -> list[str]:
    """Give the tasks that a worker holds; answers that Flower asked for are no tasks."""
    held = redis.zrevrangebyscore("unacked_index", "+inf", "-inf")
    messages = [str(redis.hget("unacked", tag)) for tag in held if isinstance(tag, bytes)]
    return [each for each in messages if '"task":' in each]


def _ask_for_a_stream(deployment: Deployment) -> None:
    """Let the process of the streams look for a session that does not exist."""
    address = f"http://127.0.0.1:{deployment.ports['live']}/live/events"
    with pytest.raises(HTTPError, match="401"):
        urlopen(Request(address, headers={"Cookie": "__Host-session=unknown"}), timeout=10)


@pytest.mark.usefixtures("mail")
def test_each_process_comes_by_a_name_of_its_own_over_tls(ask: Ask, deployment: Deployment) -> None:
    eventually(
        partial(deployment.is_well, "live"), seconds=_PATIENCE_SECONDS, what="live to be well"
    )
    _ask_for_a_stream(deployment)
    query = text(
        "SELECT DISTINCT usename, version FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )

    def seen() -> bool:
        with ask("owner") as session:
            return dict(session.execute(query).all()) == dict.fromkeys(RIGHTS, "TLSv1.3")

    eventually(seen, seconds=_PATIENCE_SECONDS, what="all to have come")
