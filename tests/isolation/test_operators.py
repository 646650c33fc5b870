"""What an operator may read: the database refuses every secret, whatever a service of the console asks."""

import re

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from models import Base
from models.session import act_for, acting_as
from tests.factories.organizations import organization
from tests.isolation.acting import As

_SECRET = re.compile(
    r"hash|ciphertext|nonce|wrapped|secret|token|public_key|jwks|facts|settings|body|content|evidence"
)
_NOT_SECRET = {
    # How often the tokens of machines were revoked.
    "organizations.token_epoch",
}
_READABLE = """
    SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = 'public'
        AND has_column_privilege('downtime_operator', quote_ident(table_name), column_name, 'SELECT')
"""
_WRITABLE = _READABLE.replace("'SELECT'", "'INSERT, UPDATE'")
_MORE_THAN_API = """
    SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = 'public'
        AND has_column_privilege('downtime_operator', quote_ident(table_name), column_name, '{right}')
        AND NOT has_column_privilege('downtime_api', quote_ident(table_name), column_name, '{right}')
"""


def names(database: Engine, query: str) -> set[str]:
    with database.connect() as connection:
        return set(connection.scalars(text(query)))


def test_no_readable_column_has_a_secret(database: Engine) -> None:
    readable = names(database, _READABLE)
    assert "users.email" in readable
    assert {each for each in readable if _SECRET.search(each.partition(".")[2])} == _NOT_SECRET
    of_monitors = ("monitors.", "check_", "incident", "credentials.", "channels.", "api_keys.")
    assert not [each for each in readable if each.startswith(of_monitors)]


def test_what_an_operator_may_change_is_known(database: Engine) -> None:
    tables = {each.partition(".")[0] for each in names(database, _WRITABLE)}
    assert tables == {
        "account_mails",
        "deliveries",
        "factor_resets",
        "organizations",
        "suspensions",
    }


def test_an_operator_has_no_right_that_the_api_lacks_but_to_the_own_tables(
    database: Engine,
) -> None:
    own = ("factor_resets.", "suspensions.", "account_mails.")
    for right in ("SELECT", "INSERT", "UPDATE"):
        more = names(database, _MORE_THAN_API.format(right=right))
        assert not [each for each in more if not each.startswith(own)], right


def test_each_table_with_a_secret_is_refused_as_a_whole(acting: As, committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        key = organization(session).id
    secret = [
        table.name
        for table in Base.metadata.sorted_tables
        if any(_SECRET.search(column.name) for column in table.columns)
        and table.name != "organizations"
    ]
    assert {"users", "credentials", "channels", "second_factors", "deliveries"} <= set(secret)
    with acting("downtime_api") as session:
        act_for(session, key)
        with acting_as(session, "downtime_operator"):
            for name in secret:
                with (
                    pytest.raises(ProgrammingError, match="permission denied"),
                    session.begin_nested(),
                ):
                    session.execute(text(f"SELECT * FROM {name}"))


def test_an_operator_sees_the_messages_of_one_organization_at_a_time(
    acting: As, committed: Engine
) -> None:
    with Session(committed) as session, session.begin():
        mine, theirs = organization(session).id, organization(session).id
        for key in (mine, theirs):
            session.execute(
                text(
                    "INSERT INTO suspensions (organization_id, reason, suspended_at)"
                    " VALUES (:key, 'x', now())"
                ),
                {"key": key},
            )
    seen = text("SELECT organization_id FROM suspensions")
    with acting("downtime_operator") as session:
        assert session.scalars(seen).all() == []
        act_for(session, theirs)
        assert session.scalars(seen).all() == [theirs]
