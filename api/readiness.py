"""Whether the parts that the service needs are there, and since when not."""

from dataclasses import dataclass

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.resources import Resources
from services import overview

LONGEST_LAG_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Part:
    """One part; without a problem it is ready."""

    name: str
    problem: str | None = None


def parts(resources: Resources) -> list[Part]:
    return [*_database(resources), _redis(resources)]


def _database(resources: Resources) -> list[Part]:
    try:
        with resources.transaction() as session:
            session.execute(text("SET LOCAL statement_timeout = 1000"))
            lag = overview.lags(session, now=overview.database_now(session)).published
    except SQLAlchemyError:
        return [
            Part("database", "The database does not answer."),
            Part("beat", "Not known while the database does not answer."),
        ]
    late = f"No checks were published for {lag:.0f} s." if lag > LONGEST_LAG_SECONDS else None
    return [Part("database"), Part("beat", late)]


def _redis(resources: Resources) -> Part:
    try:
        resources.redis.ping()
    except RedisError:
        return Part("redis", "Redis does not answer.")
    return Part("redis")
