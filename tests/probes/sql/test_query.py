"""A query that is meant to write is refused when it is set; the tests of the kind prove the rest."""

import pytest

from probes.sql.query import checked


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "  select count(*) from orders where state = 'a;b' and note <> \"c;d\" ; \n",
        "(SELECT 1) UNION (SELECT 2)",
        "WITH n AS (SELECT 1) SELECT * FROM n",
        "SHOW server_version",
        "TABLE orders",
        "VALUES (1)",
        "SHOW VARIABLES LIKE 'max_execution_time'",
    ],
)
def test_a_statement_that_reads_is_taken(query: str) -> None:
    assert checked(query) == query.strip().removesuffix(";").strip()


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "must begin with SELECT"),
        (";", "must begin with SELECT"),
        ("DELETE FROM orders", "must begin with SELECT"),
        ("EXPLAIN ANALYZE DELETE FROM orders", "must begin with SELECT"),
        ("SELECTED", "must begin with SELECT"),
        ("COMMIT", "must begin with SELECT"),
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "must begin with SELECT"),
        ("/*! DELETE FROM orders */", "must begin with SELECT"),
        ("-- SELECT\nDELETE FROM orders", "must begin with SELECT"),
        ("SELECT 1; DELETE FROM orders", "single statement"),
        ("SELECT ';'; COMMIT", "single statement"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "remove OUTFILE"),
        ("SELECT 1 /*!50000 INTO dumpfile '/tmp/x' */", "remove DUMPFILE"),
        ("SELECT /*+ MAX_EXECUTION_TIME(0) */ SLEEP(9)", "remove MAX_EXECUTION_TIME"),
        ("SELECT /*!80000 /*+ BKA(a)\n set_var(max_join_size=1) */ */ 1", "remove SET_VAR"),
        ("SELECT 1\0", "NUL"),
    ],
)
def test_anything_else_is_refused_in_words(query: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        checked(query)
