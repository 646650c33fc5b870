"""Migration 0033 meets credentials that monitors use: they go on to be sent where they were sent."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from models import Base
from tests.isolation.rows import make, organization

_URLS = (
    "https://shop.test/login?next=https://evil.test/",
    "https://shop.test/",
    "http://shop.test:8080/?a=b",
    "https://[2001:db8::1]:8443/x",
)
_ORIGINS = ["http://shop.test:8080", "https://[2001:db8::1]:8443", "https://shop.test"]


@pytest.mark.abuse(130)
@pytest.mark.parametrize(("scheme", "expected"), [("bearer", _ORIGINS), ("proxy", [])])
def test_each_credential_gets_the_origins_of_its_monitors(
    beside: Config, there: Connection, scheme: str, expected: list[str]
) -> None:
    owner = organization(there)
    used, unused = (
        make(there, Base.metadata.tables["credentials"], owner, scheme=scheme)["id"] for _ in "ab"
    )
    for url in _URLS:
        monitor = make(there, Base.metadata.tables["monitors"], owner, url=url, kind="http")["id"]
        links = Base.metadata.tables["monitor_credentials"]
        make(there, links, owner, monitor_id=monitor, credential_id=used, position=0)
    command.downgrade(beside, "0032")
    command.upgrade(beside, "head")
    rows = there.execute(text("SELECT id, origins FROM credentials")).all()
    found: dict[int, list[str]] = dict(rows)
    assert found == {used: expected, unused: []}
    command.check(beside)
