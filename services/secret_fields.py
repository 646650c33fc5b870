"""The fields of a credential: read strictly, kept whole, and shown without what is secret.

It knows no scheme: whatever a model holds as `SecretStr`, at any depth, is a secret.
"""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import to_jsonable_python

from probes.auth.base import SchemeSettings
from probes.auth.registry import SCHEMES
from security.vault import DataKey
from services.errors import Invalid

LONGEST = 256 * 1024

Tree = dict[str, Any]
Path = tuple[str | int, ...]


def read(scheme: str, fields: Mapping[str, Any]) -> SchemeSettings:
    """Read what a user says; raises `Invalid` that names each wrong field and echoes no value."""
    if scheme not in SCHEMES:
        raise Invalid({"scheme": [f"Must be one of: {', '.join(SCHEMES)}."]})
    try:
        settings = SCHEMES[scheme].settings.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error, "fields")) from None
    if len(json.dumps(plain(settings))) > LONGEST:
        raise Invalid({"fields": [f"Must be at most {LONGEST // 1024} KiB together."]})
    return settings


def restored(scheme: str, tree: Mapping[str, Any]) -> SchemeSettings:
    """Read what was stored. Validators see `stored` in their context, as time went on since."""
    return SCHEMES[scheme].settings.model_validate(tree, context={"stored": True})


def merged(
    before: Mapping[str, Any],
    changes: Mapping[str, Any],
    replaces: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Tree:
    """Lay changes over stored fields; a null takes a field away, and so does one that `replaces` it."""
    after = {**before, **changes}
    gone = {name for name, value in changes.items() if value is None and name in before}
    for name, others in replaces.items():
        if changes.get(name) is not None:
            gone.update(other for other in others if other not in changes)
    return {name: value for name, value in after.items() if name not in gone}


def refuse_other_endpoint(
    scheme: str, before: SchemeSettings, after: SchemeSettings, given: Mapping[str, Any]
) -> None:
    """Raise `Invalid` for each secret that stays, if it would be sent elsewhere than before.

    Whoever may change a credential need not know its secrets, and is not to learn them by it.
    """
    moved = [
        name for name in SCHEMES[scheme].endpoints if getattr(before, name) != getattr(after, name)
    ]
    if not moved:
        return
    text = f"Must be given anew with another {min(moved)}: it would be sent there."
    kept = [
        name
        for name, value, annotation in _fields(before)
        if value is not None and may_hold_secret(annotation) and given.get(name, value) is value
    ]
    if kept:
        raise Invalid({f"fields.{name}": [text] for name in kept})


def plain(settings: BaseModel) -> Tree:
    """Write all fields with their secrets, for encryption."""
    tree: Tree = _walk(settings, (), lambda _, secret: secret)
    return tree


def shown(
    settings: BaseModel, key: DataKey, *, now: datetime, before: tuple[Tree, Tree] = ({}, {})
) -> Tree:
    """Write the fields with, for each secret, whether it is set, its fingerprint and its age.

    `before` is what was stored and what was shown of it: a secret that stays keeps its age.
    """
    was_plain, was_shown = before
    age = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def describe(path: Path, secret: str | None) -> Tree:
        if secret is None:
            return {"set": False}
        kept = _at(was_shown, path) if _at(was_plain, path) == secret else None
        if isinstance(kept, dict):
            return kept
        return {"set": True, "fingerprint": key.fingerprint(secret), "updated_at": age}

    tree: Tree = _walk(settings, (), describe)
    return tree


def _walk(value: object, path: Path, secret: Callable[[Path, str | None], object]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, SecretStr):
        return secret(path, value.get_secret_value())
    if isinstance(value, BaseModel):
        return {
            name: _walk(inner, (*path, name), secret)
            if inner is not None or not may_hold_secret(annotation)
            else secret((*path, name), None)
            for name, inner, annotation in _fields(value)
        }
    if isinstance(value, dict):
        return {name: _walk(inner, (*path, name), secret) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(inner, (*path, index), secret) for index, inner in enumerate(value)]
    return to_jsonable_python(value)


def may_hold_secret(annotation: object) -> bool:
    """Say whether a secret may be in it, however deep, such as in a list or an optional field."""
    return annotation is SecretStr or any(map(may_hold_secret, get_args(annotation)))


def _fields(model: BaseModel) -> list[tuple[str, object, object]]:
    """List the fields as users write them, each with its value and its type."""
    return [
        (field.alias or name, getattr(model, name), field.annotation)
        for name, field in type(model).model_fields.items()
    ]


def _at(tree: object, path: Path) -> object:
    for step in path:
        try:
            tree = tree[step]  # type: ignore[index] # whatever is no tree raises one of these
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def problems(error: ValidationError, at: str) -> dict[str, list[str]]:
    """Say what is wrong with each field below `at`, without what was sent."""
    found: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_context=True, include_input=False):
        path = ".".join([at, *map(str, each["loc"])])
        text = each["msg"].removeprefix("Value error, ")
        if each["type"] == "union_tag_invalid":
            # This message alone repeats what was sent.
            text = f"Must be one of: {each['ctx']['expected_tags']}."
        found.setdefault(path, []).append(text)
    return found
