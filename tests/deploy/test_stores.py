"""Postgres and Redis of a deployment: who comes in, how, and with which rights."""

import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from urllib.parse import urlsplit

import psycopg2
import pytest
import trustme
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as NoConnectionError
from redis.retry import Retry
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from services.operations.database_rights import RIGHTS
from tests.deploy.conftest import Ask
from tests.deploy.deployment import HOST, Deployment
from tests.isolation.redis_commands import USERS, let_it_work, refuse_what_is_not_its_business
from tests.isolation.refused import NOBODY, NOT_THESE

pytestmark = pytest.mark.stack

_OWNER = "downtime"
_ONCE = Retry(NoBackoff(), 0)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name the certificate of an authority that is not the deployment's."""
    file = tmp_path_factory.mktemp("stranger") / "authority.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    return str(file)


def into_postgres(deployment: Deployment, **changes: str) -> str:
    """Come in as the worker of checks does, but for some changes of the way; return as whom."""
    url = make_url(deployment.url("database_url_checks"))
    query = {name: str(value) for name, value in url.query.items()}
    given: Mapping[str, str] = {
        "host": str(url.host),
        "port": str(url.port),
        "user": str(url.username),
        "password": str(url.password),
        "dbname": str(url.database),
        **query,
        **changes,
    }
    with closing(psycopg2.connect(**given)) as connection:  # type: ignore[call-overload] # mypy compares with all overloads
        return str(connection.info.user)


def into_redis(url: str) -> bool:
    with Redis.from_url(url, retry=_ONCE) as client:
        return bool(client.ping())


def test_the_way_in_works_as_it_is(deployment: Deployment) -> None:
    assert into_postgres(deployment) == "checks"
    assert into_redis(deployment.url("redis_url_checks"))


def test_postgres_takes_nobody_in_the_clear(deployment: Deployment) -> None:
    with pytest.raises(psycopg2.OperationalError, match="no encryption"):
        into_postgres(deployment, sslmode="disable")


def test_redis_takes_nobody_in_the_clear(deployment: Deployment) -> None:
    plain = deployment.url("redis_url_checks").replace("rediss://", "redis://").partition("?")[0]
    with pytest.raises(NoConnectionError):
        into_redis(plain)


def test_old_protocols_are_refused(deployment: Deployment) -> None:
    with pytest.raises(psycopg2.OperationalError, match="protocol version"):
        into_postgres(deployment, ssl_max_protocol_version="TLSv1.2")
    context = ssl.create_default_context(cafile=str(deployment.secrets / "ca_certificate"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    place = (HOST, int(deployment.ports["redis"]))
    with (
        closing(socket.create_connection(place, 5)) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)protocol"),
    ):
        context.wrap_socket(plain, server_hostname=HOST)


def test_processes_believe_no_server_of_another_authority(
    deployment: Deployment, stranger: str
) -> None:
    with pytest.raises(psycopg2.OperationalError, match="certificate verify failed"):
        into_postgres(deployment, sslrootcert=stranger)
    with pytest.raises(NoConnectionError, match=r"(?i)certificate verify failed"):
        into_redis(deployment.url("redis_url_checks").partition("=")[0] + f"={stranger}")


def test_processes_believe_no_server_of_another_name(deployment: Deployment) -> None:
    with pytest.raises(psycopg2.OperationalError, match="does not match host name"):
        into_postgres(deployment, host="127.0.0.1")
    with pytest.raises(NoConnectionError, match="IP address mismatch"):
        into_redis(deployment.url("redis_url_checks").replace(f"@{HOST}:", "@127.0.0.1:"))


@pytest.mark.parametrize("changes", [{"password": "guess"}, {"user": "beat"}, {"user": "postgres"}])
def test_postgres_takes_nobody_without_their_password(
    deployment: Deployment, changes: dict[str, str]
) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        into_postgres(deployment, **changes)


def test_postgres_shows_no_other_database(deployment: Deployment) -> None:
    with pytest.raises(psycopg2.OperationalError, match=r"no pg_hba\.conf entry"):
        into_postgres(deployment, dbname="postgres")


@pytest.mark.parametrize("who", ["checks:guess@", "eve:guess@", "default:@", ""])
def test_redis_takes_nobody_without_their_password(deployment: Deployment, who: str) -> None:
    address = urlsplit(deployment.url("redis_url_checks"))
    with pytest.raises(AuthenticationError):
        into_redis(address._replace(netloc=f"{who}{address.hostname}:{address.port}").geturl())


def test_only_those_can_log_in_who_ask_the_database_and_their_passwords_are_digests(
    ask: Ask,
) -> None:
    query = text("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin")
    with ask("owner") as session:
        found: dict[str, str] = dict(session.execute(query).all())
    assert set(found) == {_OWNER, *RIGHTS}
    assert all(digest.startswith("SCRAM-SHA-256$") for digest in found.values())


@pytest.mark.parametrize("component", NOT_THESE)
def test_a_login_cannot_do_what_is_the_work_of_others(ask: Ask, component: str) -> None:
    others = [f"SET ROLE {other}" for other in (_OWNER, *RIGHTS) if other != component]
    with ask(component) as session:
        for statement in (*NOBODY, *NOT_THESE[component], *others):
            with (
                pytest.raises(ProgrammingError, match=r"permission denied|must be"),
                session.begin_nested(),
            ):
                session.execute(text(statement))


@pytest.mark.parametrize("user", USERS)
def test_a_user_of_redis_is_refused_what_is_not_its_business(
    deployment: Deployment, user: str
) -> None:
    with _as(deployment, user) as client:
        refuse_what_is_not_its_business(client, user)


@pytest.mark.parametrize("user", USERS)
def test_a_user_of_redis_may_do_its_work(deployment: Deployment, user: str) -> None:
    with _as(deployment, user) as client:
        let_it_work(client, user)


def test_flower_reads_queues_and_takes_nothing_from_them(deployment: Deployment) -> None:
    """The embedded server is too old to know of keys that may only be read."""
    with _as(deployment, "flower") as client:
        client.llen("q.dispatch")
        with pytest.raises(Exception, match=r"(?i)permission"):
            client.rpop("q.dispatch")


def _as(deployment: Deployment, user: str) -> Redis:
    if user != "health":
        return Redis.from_url(deployment.url(f"redis_url_{user}"))
    address = urlsplit(deployment.url("redis_url_checks"))
    password = (deployment.secrets / "redis_password_health").read_text()
    place = f"{user}:{password}@{address.hostname}:{address.port}"
    return Redis.from_url(address._replace(netloc=place).geturl())
