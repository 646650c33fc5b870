"""What a forgotten condition shows: nothing of others, and nothing at all before it is known who asks."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from models import Monitor, Organization
from models.session import act_for
from tests.isolation.acting import As
from tests.isolation.conftest import Two
from tests.isolation.test_catalogue import WORKERS

_SET = text("SELECT set_config('downtime.organization_id', :value, true)")


@pytest.fixture
def ids(two: Two, committed: Engine) -> tuple[int, int]:
    """Give both organizations a monitor, and tell their keys."""
    two.mine.make_monitor(name="Mine")
    two.theirs.make_monitor(name="Theirs")
    with Session(committed) as session:
        mine, theirs = session.query(Monitor.organization_id).order_by(Monitor.id).all()
    return mine[0], theirs[0]


def seen(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT name FROM monitors ORDER BY id")))


def test_a_query_without_a_condition_shows_the_rows_of_one_organization(
    ids: tuple[int, int], acting: As
) -> None:
    with acting("downtime_api") as session:
        act_for(session, ids[0])
        assert seen(session) == ["Mine"]
        assert list(session.scalars(text("SELECT id FROM organizations"))) == [ids[0]]
        act_for(session, ids[1])
        assert seen(session) == ["Theirs"]


@pytest.mark.abuse(48)
@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("value", ["", "0", "-1", "all", "1 OR true", "9999999999", "1;", "NaN"])
def test_whatever_is_no_organization_shows_nothing(acting: As, value: str) -> None:
    with acting("downtime_api") as session:
        session.execute(_SET, {"value": value})
        assert seen(session) == []


@pytest.mark.abuse(48)
@pytest.mark.usefixtures("ids")
def test_before_an_organization_is_known_there_is_nothing_to_see(acting: As) -> None:
    tables = "monitors contacts channels credentials data_keys heartbeats deliveries incidents"
    with acting("downtime_api") as session:
        for table in tables.split():
            count = session.scalar(text(f"SELECT count(*) FROM {table}"))
            assert count == 0, table


@pytest.mark.abuse(48)
def test_the_organization_is_forgotten_with_the_transaction(
    ids: tuple[int, int], acting: As
) -> None:
    with acting("downtime_api") as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    with engine.connect() as connection:
        for organization_id, names in ((ids[0], ["Mine"]), (None, [])):
            with Session(connection) as session, connection.begin():
                if organization_id is not None:
                    act_for(session, organization_id)
                assert seen(session) == names


def test_no_row_is_written_to_another_organization(ids: tuple[int, int], acting: As) -> None:
    mine, theirs = ids
    with acting("downtime_api") as session:
        act_for(session, mine)
        changed = session.execute(text("UPDATE monitors SET name = 'Mine too'"))
        assert changed.rowcount == 1  # type: ignore[attr-defined]
        with pytest.raises(ProgrammingError, match="row-level security"), session.begin_nested():
            session.execute(text("UPDATE monitors SET organization_id = :id"), {"id": theirs})
        with pytest.raises(ProgrammingError, match="row-level security"), session.begin_nested():
            session.execute(
                text(
                    "INSERT INTO contact_groups (public_id, organization_id, name)"
                    " VALUES (gen_random_uuid(), :id, 'Theirs')"
                ),
                {"id": theirs},
            )


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM check_results_default",
        "UPDATE dispatch_shards SET watermark = 0",
        "SELECT make_day_partition('check_results', '2030-01-01')",
        "SELECT drop_day_partition('check_results_p20300101')",
        "TRUNCATE monitors",
        "ALTER TABLE monitors DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (id integer)",
        "DROP POLICY of_organization ON monitors",
        "CREATE ROLE more",
        "COPY monitors TO PROGRAM 'cat'",
    ],
)
def test_the_api_may_do_nothing_past_its_rows(acting: As, statement: str) -> None:
    with acting("downtime_api") as session, pytest.raises(ProgrammingError):
        session.execute(text(statement))


@pytest.mark.abuse(90)
def test_the_api_counts_what_all_organizations_have_and_sees_none_of_it(
    ids: tuple[int, int], acting: As
) -> None:
    with acting("downtime_api") as session:
        for organization_id in (None, ids[0]):
            if organization_id is not None:
                act_for(session, organization_id)
            counted = session.execute(text("SELECT * FROM count_states()")).all()
            assert [tuple(row) for row in counted] == [("pending", len(ids))]
            assert len(seen(session)) == (0 if organization_id is None else 1)


@pytest.mark.parametrize("role", WORKERS)
def test_workers_serve_all_organizations(ids: tuple[int, int], acting: As, role: str) -> None:
    with acting(role) as session:
        assert seen(session) == ["Mine", "Theirs"]
        assert session.query(Organization).count() == len(ids)


def test_a_day_is_made_and_dropped_by_housekeeping_and_nothing_else_is(acting: As) -> None:
    with acting("downtime_housekeeping") as session:
        session.execute(text("SELECT make_day_partition('check_results', '2035-01-01')"))
        session.execute(text("SELECT drop_day_partition('check_results_p20350101')"))
        for statement in (
            "SELECT make_day_partition('monitors', '2035-01-01')",
            "SELECT drop_day_partition('monitors')",
            "SELECT drop_day_partition('check_results_default')",
        ):
            with pytest.raises(DBAPIError), session.begin_nested():
                session.execute(text(statement))
