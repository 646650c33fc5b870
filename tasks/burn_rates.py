"""The sweep of monitors that use up their error budget."""

from models.session import database_now, session_scope
from services.warnings import slo_burn
from tasks.app import app


@app.task(name="maintenance.burn_rates", ignore_result=True, send_events=False)
def sweep() -> None:
    """Check all of them, some at a time; the sweep of the outbox sends their messages."""
    after: int | None = 0
    while after is not None:
        with session_scope() as session:
            now = database_now(session)
            after = slo_burn.sweep(session, now=now, after=after)
