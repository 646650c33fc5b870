"""The sweep of event subscriptions whose endpoint does not accept events any more."""

from models.session import database_now, session_scope
from services.subscriptions import failing as failing_subscriptions
from tasks.app import app


@app.task(name="maintenance.subscriptions", ignore_result=True)
def disable_failing() -> None:
    """Disable those that failed for a week; the sweep of the outbox notifies their owners."""
    with session_scope() as session:
        failing_subscriptions.disable(session, now=database_now(session))
