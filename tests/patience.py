"""What the database forgives here: a machine that stands still for seconds fails no test.

A real deployment ends a transaction that a stopped process holds (models/session.py). A test that is
about that says so itself, and the processes of a stack have the limits of a real deployment.
"""

from sqlalchemy import Engine, event

_LIMITS = {
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "60s",
    "statement_timeout": "120s",
}


def begin() -> None:
    """Give every connection that this process makes from now on longer limits."""
    event.listen(Engine, "do_connect", _wait_longer)


def _wait_longer(
    _dialect: object, _record: object, _arguments: object, named: dict[str, str]
) -> None:
    # Of two that say the same, the later one holds.
    longer = " ".join(f"-c {name}={value}" for name, value in _LIMITS.items())
    named["options"] = f"{named.get('options', '')} {longer}"
