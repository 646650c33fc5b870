"""Turns the changed rows of an act into what its entry says: the target, and fields before and after.

Keys of other rows are shown as public ids. What names a person is kept apart, so that it can be
erased.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, literal, select, union_all
from sqlalchemy.orm import Session

from models import Membership, Region, SecondFactor, User
from services.audit.acts import Act
from services.audit.catalogue import BY_KIND, PARTS, REFERENCES, SUBJECTS, Subject
from services.audit.changes import DELETED, UPDATED, Changed, Values
from services.audit.values import stored

MOST = 500
"""The most rows that one entry tells of; an act may change 500 monitors at once."""
_IN_FULL = 50
"""The rows of which an entry tells the fields; of the others, it tells only which."""
_SECRET = "changed"  # noqa: S105 - what is said in place of one

Names = Mapping[tuple[str, int], str]
"""Public ids, or names of regions, by table and key."""


@dataclass(slots=True, kw_only=True)
class Details:
    """What an entry says of its target and of the changes."""

    target_kind: str | None = None
    target_id: UUID | None = None
    target_label: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    personal: dict[str, Any] = field(default_factory=dict)
    actor_id: UUID | None = None
    """The user who acts, if the act deletes its row."""
    erases_actor: bool = False

    @property
    def is_about_actor(self) -> bool:
        """Whether the target is the account of whoever acts, unless another is named."""
        return self.target_kind in {SUBJECTS[User].kind, SUBJECTS[SecondFactor].kind}


@dataclass(slots=True)
class _Shown:
    """One changed row of a subject, with the parts that belong to it."""

    subject: Subject
    how: str
    id: UUID | None
    label: str | None
    fields: dict[str, list[Any]] = field(default_factory=dict)
    personal: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def is_shown(self) -> bool:
        """Whether a reader sees any change; deliveries and the like are none."""
        return bool(self.fields or self.personal) or self.how == DELETED


def details(session: Session, act: Act, rows: Sequence[Changed]) -> Details:
    """Return what the entry of an act says."""
    names = _names(session, rows)
    shown = list(_shown(session, rows, names))
    found = _aimed(session, act, shown)
    shown.sort(
        key=lambda each: (each.subject.kind, each.id) != (found.target_kind, found.target_id)
    )
    if act.noted:
        found.changes.append(
            {
                "kind": found.target_kind,
                "id": None if found.target_id is None else str(found.target_id),
                "how": UPDATED,
                "fields": {name: [None, stored(value)] for name, value in act.noted.items()},
            }
        )
    listed = [each for each in shown if each.is_shown]
    for place, each in enumerate(listed[:MOST]):
        _add(found, each, in_full=place < _IN_FULL)
    _hide_deleted_user(found, rows)
    return found


def _hide_deleted_user(found: Details, rows: Sequence[Changed]) -> None:
    """Leave no personal data of a user who deletes the account."""
    deleted = [each for each in rows if each.model is User and each.how == DELETED]
    if deleted:
        found.erases_actor, found.actor_id = True, deleted[0].row["public_id"]
        found.personal.pop("target", None)


def _add(found: Details, each: _Shown, *, in_full: bool) -> None:
    """Add a row to the changes, and what is personal of it beside them."""
    is_person = each.subject.names_a_person
    said: dict[str, Any] = {
        "kind": each.subject.kind,
        "id": None if each.id is None else str(each.id),
        "how": each.how,
    }
    if not is_person:
        said["label"] = each.label
    if in_full:
        said["fields"] = each.fields
    beside: dict[str, Any] = {}
    if is_person and each.label is not None:
        beside["label"] = each.label
    if in_full and each.personal:
        beside["fields"] = each.personal
    erased = each.subject is SUBJECTS[User] and each.how == DELETED
    if beside and not erased:
        found.personal.setdefault("changes", {})[str(len(found.changes))] = beside
    found.changes.append(said)


def _aimed(session: Session, act: Act, shown: Sequence[_Shown]) -> Details:
    """Return the target: as noted, or named by the request, or the row that was changed."""
    if act.target is not None:
        kind, public_id, label = act.target
    else:
        kind = act.action.partition(".")[0]
        public_id = _in_address(kind, act.circumstances.target_ids)
        ours = [each for each in shown if each.subject.kind == kind]
        if public_id is None and len(ours) == 1:
            public_id = ours[0].id
        label = next((each.label for each in ours if each.id == public_id), None)
        if label is None and public_id is not None:
            label = _label(session, kind, public_id)
    found = Details(target_kind=kind, target_id=public_id)
    subject = SUBJECTS.get(BY_KIND[kind]) if kind in BY_KIND else None
    if label is not None and (kind == "member" or (subject and subject.names_a_person)):
        found.personal["target"] = label
    else:
        found.target_label = label
    return found


def _in_address(kind: str, ids: Mapping[str, UUID]) -> UUID | None:
    for name in (f"{kind}_id", f"{kind.rpartition('_')[2]}_id"):
        if name in ids:
            return ids[name]
    return None


def _label(session: Session, kind: str, public_id: UUID) -> str | None:
    """Return the label of a row that the act did not change."""
    model = User if kind == "member" else BY_KIND.get(kind)
    subject = None if model is None else SUBJECTS[model]
    if model is None or subject is None or subject.label is None:
        return None
    column = getattr(model, subject.label)
    found = session.execute(select(column).where(model.public_id == public_id)).scalar()
    return None if found is None else str(found)


def _shown(session: Session, rows: Sequence[Changed], names: Names) -> Iterable[_Shown]:
    """Give each changed subject, with the changes of its parts as fields of it."""
    by_key: dict[tuple[type[Any], int], _Shown] = {}
    parts: dict[tuple[type[Any], int], dict[str, list[list[Any]]]] = defaultdict(dict)
    for each in rows:
        if each.model in SUBJECTS:
            one = _row(each, names)
            _fill(one, each, names)
            by_key[each.model, each.row.get("id", 0)] = one
        else:
            _add_part(parts, each, names)
    for place, fields in parts.items():
        if place not in by_key:
            by_key[place] = _unchanged(session, *place)
        for name, (before, after) in fields.items():
            if before != after:
                by_key[place].fields[name] = [stored(before), stored(after)]
    return by_key.values()


def _row(each: Changed, names: Names) -> _Shown:
    subject = SUBJECTS[each.model]
    label = None if subject.label is None else each.row.get(subject.label)
    return _Shown(subject, each.how, _id(each, names), None if label is None else str(label))


def _unchanged(session: Session, model: type[Any], key: int) -> _Shown:
    """Return a subject of which only parts changed."""
    subject = SUBJECTS[model]
    label = literal(None) if subject.label is None else getattr(model, subject.label)
    row = session.execute(select(model.public_id, label).where(model.id == key)).one_or_none()
    return _Shown(subject, UPDATED, row[0] if row else None, row[1] if row else None)


def _fill(one: _Shown, each: Changed, names: Names) -> None:
    before, after = each.before or {}, each.after or {}
    for column in sorted(one.subject.plain | one.subject.personal):
        pair = [_value(column, before, names), _value(column, after, names)]
        if pair[0] != pair[1]:
            into = one.personal if column in one.subject.personal else one.fields
            into[column] = pair
    for column, name in one.subject.secret.items():
        if before.get(column) != after.get(column) and each.how != DELETED:
            one.fields[name] = [None, _SECRET]


def _add_part(
    parts: dict[tuple[type[Any], int], dict[str, list[list[Any]]]], each: Changed, names: Names
) -> None:
    part = PARTS[each.model]
    lists = parts[part.of, each.row[part.key]].setdefault(part.field, [[], []])
    if part.changed is not None:
        if (each.before or {}).get(part.changed) != (each.after or {}).get(part.changed):
            lists[1].append(_SECRET)
        return
    for place, row in enumerate((each.before, each.after)):
        if row is not None:
            values = {name: _value(name, row, names) for name in part.plain}
            lists[place].append(values if len(values) > 1 else next(iter(values.values())))


def _value(column: str, row: Values, names: Names) -> Any:  # noqa: ANN401 - any JSON value
    value = row.get(column)
    if column not in REFERENCES or value is None:
        return stored(value)
    table = REFERENCES[column].__tablename__
    if isinstance(value, list):
        return [names.get((table, key)) for key in value][:MOST]
    return names.get((table, value))


def _id(each: Changed, names: Names) -> UUID | None:
    if each.model is Membership:
        found = names.get((User.__tablename__, each.row["user_id"]))
        return None if found is None else UUID(found)
    public_id: UUID | None = each.row.get("public_id")
    return public_id


def _names(session: Session, rows: Sequence[Changed]) -> Names:
    """Look up all rows that the changes refer to by their keys, with one query."""
    wanted: dict[type[Any], set[int]] = defaultdict(set)
    for each in rows:
        columns: Iterable[str] = (
            SUBJECTS[each.model].plain if each.model in SUBJECTS else PARTS[each.model].plain
        )
        for row in (each.before or {}, each.after or {}):
            for column in columns:
                if column in REFERENCES and row.get(column) is not None:
                    value = row[column]
                    wanted[REFERENCES[column]].update(value if isinstance(value, list) else [value])
        if each.model is Membership:
            wanted[User].add(each.row["user_id"])
    queries = [_named(model, sorted(keys)) for model, keys in wanted.items() if keys]
    if not queries:
        return {}
    return {(row[0], row[1]): row[2] for row in session.execute(union_all(*queries))}


def _named(model: type[Any], keys: Sequence[int]) -> Select[str, int, str]:
    """Return a query for the names of rows: a member is named by the id of the user."""
    name = Region.name if model is Region else getattr(model, "public_id", User.public_id)
    query = select(literal(model.__tablename__), model.id, cast(name, Text))
    if model is Membership:
        query = query.join(User, User.id == Membership.user_id)
    return query.where(model.id.in_(keys))
