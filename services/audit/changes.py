"""Collects what a transaction changes in the tables of the catalogue.

Listens to flushes, and to statements that change rows in bulk, while an act is under way. What a
savepoint takes back is forgotten (`services/after_commit/notes.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, event, inspect, select, tuple_
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.sql import Delete, Update

from services.after_commit.notes import Notes
from services.audit.acts import current
from services.audit.catalogue import PARTS, SUBJECTS

Values = dict[str, Any]

CREATED, UPDATED, DELETED = "created", "updated", "deleted"
_UNNOTED = frozenset({"idempotency_keys", "idempotency_usage", "data_keys"})
"""Tables whose rows are means of requests and no act."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A row that was written: its table, its key, and its columns before and after."""

    model: type[Any]
    key: tuple[Any, ...]
    before: Values | None
    after: Values | None


@dataclass(slots=True)
class Changed:
    """What became of one row in the whole transaction."""

    model: type[Any]
    before: Values | None
    after: Values | None
    columns: set[str] = field(default_factory=set)

    @property
    def row(self) -> Values:
        return self.after or self.before or {}

    @property
    def how(self) -> str:
        before, after = self.before, self.after
        if before is None:
            return CREATED
        if after is None or (after.get("deleted_at") and not before.get("deleted_at")):
            return DELETED
        return UPDATED


_NOTES: Notes[Change] = Notes("audit")


def of(session: Session) -> Sequence[Changed]:
    """Return what became of each row so far, in the order of their first change, and forget it."""
    rows: dict[tuple[Any, ...], Changed] = {}
    for change in _NOTES.take(session):
        place = (change.model, *change.key)
        known = rows.get(place)
        if known is None:
            rows[place] = Changed(change.model, change.before, change.after)
        else:
            known.after = change.after
    return [each for each in rows.values() if each.before != each.after]


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _: UOWTransaction) -> None:
    act = current(session)
    if act is None:
        return
    for how, rows in ((CREATED, session.new), (UPDATED, session.dirty), (DELETED, session.deleted)):
        for row in rows:
            act.wrote = act.wrote or row.__tablename__ not in _UNNOTED
            if type(row) in SUBJECTS or type(row) in PARTS:
                _note(session, row, how)


def _note(session: Session, row: Any, how: str) -> None:  # noqa: ANN401 - a row of any table
    state = inspect(row)
    now: Values = {each.key: state.dict.get(each.key) for each in state.mapper.column_attrs}
    before = dict(now)
    for each in state.mapper.column_attrs:
        history = state.attrs[each.key].history
        if history.has_changes():
            before[each.key] = history.deleted[0] if history.deleted else None
    if how == UPDATED and before == now:
        return
    key = tuple(state.mapper.primary_key_from_instance(row))
    change = Change(
        type(row), key, None if how == CREATED else before, None if how == DELETED else now
    )
    _NOTES.add(session, [change])


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> Any:  # noqa: ANN401 - the result of the statement
    if not (state.is_insert or state.is_update or state.is_delete):
        return None
    act = current(state.session)
    if act is None or state.bind_mapper is None:
        return None
    act.wrote = act.wrote or state.bind_mapper.class_.__tablename__ not in _UNNOTED
    model = state.bind_mapper.class_
    if state.is_insert or (model not in SUBJECTS and model not in PARTS):
        return None
    statement = state.statement
    if not isinstance(statement, Update | Delete):
        return None
    rows = _read(state.session, model, statement.whereclause)
    result = state.invoke_statement()
    keys = [column.name for column in state.bind_mapper.primary_key]
    there = {} if state.is_delete or not rows else _again(state.session, model, keys, rows)
    _NOTES.add(
        state.session,
        [Change(model, key, before, there.get(key)) for key, before in _keyed(rows, keys).items()],
    )
    return result


def _again(
    session: Session, model: type[Any], keys: Sequence[str], rows: Sequence[Values]
) -> Mapping[tuple[Any, ...], Values]:
    columns = [model.__table__.c[name] for name in keys]
    found = tuple_(*columns).in_([tuple(row[name] for name in keys) for row in rows])
    return _keyed(_read(session, model, found), keys)


def _keyed(rows: Sequence[Values], keys: Sequence[str]) -> dict[tuple[Any, ...], Values]:
    return {tuple(row[name] for name in keys): row for row in rows}


def _read(session: Session, model: type[Any], where: Any) -> list[Values]:  # noqa: ANN401 - a condition, or none
    query = select(*model.__table__.c)
    rows: Sequence[Row[Any]] = session.execute(query if where is None else query.where(where)).all()
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - the documented way to a mapping
