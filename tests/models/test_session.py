"""What an error of the database says, which ends up in logs."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError


@pytest.mark.abuse(70)
def test_an_error_names_no_value_of_its_statement(database: Engine) -> None:
    query = text("SELECT 1 / length(:secret) FROM (SELECT :secret) AS given WHERE 1 / 0 = 1")
    with pytest.raises(DBAPIError) as failed, database.connect() as connection:
        connection.execute(query, {"secret": "canary-5f1c9a7e"})
    assert "division by zero" in str(failed.value)
    assert "canary" not in str(failed.value)
