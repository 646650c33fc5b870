"""Keys between tables of organizations name the organization: no row hangs on one of another.

Each statement is a transaction of its own, and those that read a whole table hold up neither reading nor
writing: indexes are made concurrently, and a key binds new rows before the old ones are looked through.
What was there before goes last. Whatever stops it, such as rows that do connect two organizations, the next
run continues.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import NamedTuple

from alembic import op
from psycopg2.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


# For what nobody has to wait for: it may wait for others, and take its time.
_PATIENT = {"lock_timeout": "0", "statement_timeout": "0"}
# For what others wait behind: it gives up before any of them, after a second, looks for a deadlock.
_POLITE = {"lock_timeout": "800ms"}
_PAUSE_SECONDS = 0.2
_ATTEMPTS = 60


class _Key(NamedTuple):
    """`columns` refer to `there`, besides the organization; `action` is what a deletion does."""

    table: str
    columns: str
    referred: str
    action: str = "NO ACTION"
    there: str = "id"

    def previous(self) -> "_Constraint":
        name = f"fk_{self.table}_{self.columns.replace(', ', '_')}"
        return self._as(name, self.columns, self.there, self.action)

    def present(self) -> "_Constraint":
        """Make null what refers, and not the organization."""
        name = f"fk_{self.table}_organization_id_{self.columns.split(', ')[-1]}"
        action = f"SET NULL ({self.columns})" if self.action == "SET NULL" else self.action
        return self._as(
            name, f"organization_id, {self.columns}", f"organization_id, {self.there}", action
        )

    def _as(self, name: str, here: str, there: str, action: str) -> "_Constraint":
        rule = f"FOREIGN KEY ({here}) REFERENCES {self.referred} ({there}) ON DELETE {action}"
        return _Constraint(self.table, self.referred, name, rule)


class _Constraint(NamedTuple):
    table: str
    referred: str
    name: str
    rule: str


# What is referred to, by which columns.
_REFERRED = {
    "channels": "id",
    "contact_groups": "id",
    "contacts": "id",
    "credentials": "id",
    "data_keys": "id",
    "deliveries": "id",
    "escalation_policies": "id",
    "escalation_steps": "escalation_policy_id, position",
    "incidents": "id",
    "maintenance_windows": "id",
    "monitors": "id",
    "on_call_layers": "on_call_schedule_id, position",
    "on_call_schedules": "id",
    "service_accounts": "id",
}
# Where that index takes the place of the one by organization. Exports have had theirs from the beginning.
_UNIQUE = (*_REFERRED, "exports")

_KEYS = (
    _Key("api_keys", "data_key_id", "data_keys"),
    _Key("burn_rates", "monitor_id", "monitors", "CASCADE"),
    _Key("channels", "contact_id", "contacts", "SET NULL"),
    _Key("channels", "data_key_id", "data_keys"),
    _Key("client_assertions", "service_account_id", "service_accounts", "CASCADE"),
    _Key("contact_group_members", "contact_group_id", "contact_groups", "CASCADE"),
    _Key("contact_group_members", "contact_id", "contacts", "CASCADE"),
    _Key("credentials", "data_key_id", "data_keys"),
    _Key("deliveries", "chain_id", "incidents", "CASCADE"),
    _Key("deliveries", "channel_id", "channels", "SET NULL"),
    _Key("deliveries", "digest_id", "deliveries", "SET NULL"),
    _Key("deliveries", "incident_id", "incidents", "CASCADE"),
    _Key("deliveries", "monitor_id", "monitors", "CASCADE"),
    _Key("delivery_attempts", "delivery_id", "deliveries", "CASCADE"),
    _Key("escalation_steps", "escalation_policy_id", "escalation_policies", "CASCADE"),
    _Key("escalation_targets", "contact_group_id", "contact_groups", "CASCADE"),
    _Key("escalation_targets", "contact_id", "contacts", "CASCADE"),
    _Key("escalation_targets", "escalation_policy_id", "escalation_policies", "CASCADE"),
    _Key(
        "escalation_targets",
        "escalation_policy_id, position",
        "escalation_steps",
        "CASCADE",
        there="escalation_policy_id, position",
    ),
    _Key("escalation_targets", "on_call_schedule_id", "on_call_schedules"),
    _Key("event_subscriptions", "channel_id", "channels", "CASCADE"),
    _Key("expiries", "monitor_id", "monitors", "CASCADE"),
    _Key("heartbeats", "monitor_id", "monitors", "CASCADE"),
    _Key("idempotency_keys", "data_key_id", "data_keys"),
    _Key("incident_notes", "incident_id", "incidents", "CASCADE"),
    _Key("incidents", "follows_id", "incidents"),
    _Key("incidents", "monitor_id", "monitors", "CASCADE"),
    _Key("maintenance_spans", "maintenance_window_id", "maintenance_windows", "CASCADE"),
    _Key("monitor_contact_groups", "contact_group_id", "contact_groups", "CASCADE"),
    _Key("monitor_contact_groups", "monitor_id", "monitors", "CASCADE"),
    _Key("monitor_credentials", "credential_id", "credentials"),
    _Key("monitor_credentials", "monitor_id", "monitors", "CASCADE"),
    _Key("monitor_parents", "monitor_id", "monitors", "CASCADE"),
    _Key("monitor_parents", "parent_id", "monitors", "CASCADE"),
    _Key("monitor_region_states", "monitor_id", "monitors", "CASCADE"),
    _Key("monitor_states", "monitor_id", "monitors", "CASCADE"),
    _Key("monitors", "escalation_policy_id", "escalation_policies"),
    _Key("on_call_layers", "on_call_schedule_id", "on_call_schedules", "CASCADE"),
    _Key("on_call_overrides", "contact_id", "contacts", "CASCADE"),
    _Key("on_call_overrides", "on_call_schedule_id", "on_call_schedules", "CASCADE"),
    _Key("on_call_turns", "contact_id", "contacts"),
    _Key(
        "on_call_turns",
        "on_call_schedule_id, layer",
        "on_call_layers",
        "CASCADE",
        there="on_call_schedule_id, position",
    ),
    _Key("pings", "monitor_id", "monitors", "CASCADE"),
    _Key("rechecks", "monitor_id", "monitors", "CASCADE"),
    _Key("schedules", "monitor_id", "monitors", "CASCADE"),
    _Key("service_accounts", "data_key_id", "data_keys"),
    _Key("test_runs", "monitor_id", "monitors", "CASCADE"),
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        with _settings(**_PATIENT):
            for table, columns in _REFERRED.items():
                _make_index("UNIQUE INDEX", _unique(table), f"{table} (organization_id, {columns})")
        _replace([key.previous() for key in _KEYS], [key.present() for key in _KEYS])
        with _settings(**_PATIENT):
            _drop_indexes(_plain(table) for table in _UNIQUE)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        with _settings(**_PATIENT):
            for table in _UNIQUE:
                _make_index("INDEX", _plain(table), f"{table} (organization_id)")
        _replace([key.present() for key in _KEYS], [key.previous() for key in _KEYS])
        with _settings(**_PATIENT):
            _drop_indexes(_unique(table) for table in _REFERRED)


def _unique(table: str) -> str:
    return f"uq_{table}_organization_id_{_REFERRED[table].split(', ')[-1]}"


def _plain(table: str) -> str:
    return f"ix_{table}_organization_id"


def _make_index(kind: str, name: str, on: str) -> None:
    """Make what is not there; one that was stopped halfway is there, and good for nothing."""
    good = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)").bindparams(
        name=name
    )
    if not op.get_bind().scalar(good):
        _drop_indexes([name])
        op.execute(f"CREATE {kind} CONCURRENTLY {name} ON {on}")


def _drop_indexes(names: Iterable[str]) -> None:
    for name in names:
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def _replace(previous: Iterable[_Constraint], present: Sequence[_Constraint]) -> None:
    there = set(op.get_bind().scalars(text("SELECT conname FROM pg_constraint")))
    with _settings(**_POLITE):
        for each in present:
            if each.name not in there:
                rule = f"ADD CONSTRAINT {each.name} {each.rule} NOT VALID"
                _until_committed(each, "SHARE ROW EXCLUSIVE", rule)
    with _settings(**_PATIENT):
        for each in present:
            op.execute(f"ALTER TABLE {each.table} VALIDATE CONSTRAINT {each.name}")
    with _settings(**_POLITE):
        for each in previous:
            _until_committed(each, "ACCESS EXCLUSIVE", f"DROP CONSTRAINT IF EXISTS {each.name}")


def _until_committed(each: _Constraint, mode: str, change: str) -> None:
    """Lock two tables that are in use: whoever has one of them and wants the other is given way.

    In which order they are used is not known. What is sent together is one transaction.
    """
    orders = cycle([f"{each.referred}, {each.table}", f"{each.table}, {each.referred}"])
    for attempt, tables in enumerate(orders, 1):
        try:
            op.execute(f"LOCK TABLE {tables} IN {mode} MODE; ALTER TABLE {each.table} {change}")
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable) or attempt == _ATTEMPTS:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


@contextmanager
def _settings(**values: str) -> Iterator[None]:
    usual = {name: op.get_bind().scalar(text(f"SHOW {name}")) for name in values}
    for name, value in values.items():
        op.execute(f"SET {name} = '{value}'")
    yield
    for name, value in usual.items():
        op.execute(f"SET {name} = '{value}'")
