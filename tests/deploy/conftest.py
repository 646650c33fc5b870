"""One deployment for all tests: starting it takes seconds."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from devstack.roles import ROLES
from devstack.sinks.smtp import MailSink
from models.session import make_engine
from tests.deploy.deployment import PROXY, Deployment
from tests.e2e.alone import alone

_ROLES = [*(role.name for role in ROLES if not role.is_job), PROXY]

Ask = Callable[[str], AbstractContextManager[Session]]


@pytest.fixture(scope="package")
def mails() -> Iterator[MailSink]:
    with (
        tempfile.TemporaryDirectory(prefix="deploy-mail-") as name,
        MailSink(Path(name)) as sink,
    ):
        yield sink


@pytest.fixture(scope="package")
def deployment(mails: MailSink) -> Iterator[Deployment]:
    with (
        alone(),
        tempfile.TemporaryDirectory(prefix="deploy-", ignore_cleanup_errors=True) as name,
        Deployment(Path(name), roles=_ROLES, smtp_url=mails.url) as deployment,
    ):
        yield deployment


@pytest.fixture(scope="package")
def ask(deployment: Deployment) -> Ask:
    """Open a transaction by the login that a component has, or the owner's."""

    @contextmanager
    def transaction(component: str) -> Iterator[Session]:
        engine = make_engine(deployment.url(f"database_url_{component}"), pool_size=1)
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            engine.dispose()

    return transaction
