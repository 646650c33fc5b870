"""Lists of messages, and the sweep of flapping monitors, find what they ask for however much else there is.

The indexes are made concurrently: nobody has to wait. What takes the place of another is there first, and
whatever stops this, the next run continues.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from alembic import op
from sqlalchemy import text

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_PATIENT = ("lock_timeout", "statement_timeout")
_PRESENT = {
    "ix_deliveries_unsent": "deliveries (organization_id, state, created_at, public_id)"
    " WHERE state IN ('dead', 'cancelled', 'merged')",
    "ix_deliveries_organization_id_event_created_at": "deliveries (organization_id, event, created_at)",
    "ix_deliveries_monitor_id_created_at": "deliveries (monitor_id, created_at)",
    "ix_deliveries_channel_id_created_at": "deliveries (channel_id, created_at)",
    "ix_monitor_states_flapping": "monitor_states (monitor_id) WHERE flapping_since IS NOT NULL",
}
_FORMER = {
    "ix_deliveries_monitor_id": "deliveries (monitor_id)",
    "ix_deliveries_channel_id": "deliveries (channel_id)",
}


def upgrade() -> None:
    _replace(_FORMER, _PRESENT)


def downgrade() -> None:
    _replace(_PRESENT, _FORMER)


def _replace(previous: Mapping[str, str], present: Mapping[str, str]) -> None:
    with op.get_context().autocommit_block(), _patience():
        for name, on in present.items():
            _make(name, on)
        for name in previous:
            _drop(name)


def _make(name: str, on: str) -> None:
    """Make what is not there; one that was stopped halfway is there, and good for nothing."""
    good = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    if not op.get_bind().scalar(good.bindparams(name=name)):
        _drop(name)
        op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {on}")


def _drop(name: str) -> None:
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


@contextmanager
def _patience() -> Iterator[None]:
    usual = {name: op.get_bind().scalar(text(f"SHOW {name}")) for name in _PATIENT}
    for name in usual:
        op.execute(f"SET {name} = 0")
    yield
    for name, value in usual.items():
        op.execute(f"SET {name} = '{value}'")
