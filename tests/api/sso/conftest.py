"""One port of providers for all tests of logins by them."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.api.client import ApiClient
from tests.api.sso.logins import Browser, Tenant, tenant
from tests.servers.oidc_provider import Providers, providers


@pytest.fixture(scope="module")
def idps() -> Iterator[Providers]:
    with providers() as served:
        yield served


@pytest.fixture
def shop(client: ApiClient, session: Session, idps: Providers) -> Tenant:
    """Make the organization of shop.test."""
    return tenant(session, client, "shop.test", idps.new())


@pytest.fixture
def bank(stranger: ApiClient, session: Session, idps: Providers) -> Tenant:
    """Make the organization of bank.test."""
    return tenant(session, stranger, "bank.test", idps.new())


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)
