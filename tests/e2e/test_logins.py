"""Each process of the stack comes to the data stores by a name of its own, and the owner's is given to none."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import make_url

from devstack.roles import ROLES
from devstack.stack import Stack
from services.operations.database_rights import RIGHTS

pytestmark = pytest.mark.stack


def test_processes_have_addresses_of_their_own_where_they_ask(stack: Stack) -> None:
    for role in ROLES:
        process = stack.processes.get(f"{role.name}.1")
        if process is None:
            continue
        database = process.program.environment["DATABASE_URL"]
        redis = urlsplit(process.program.environment["REDIS_URL"])
        assert redis.username == role.component
        expected = role.component if role.component in RIGHTS else None
        assert (make_url(database).username if database else None) == expected
