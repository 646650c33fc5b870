"""The fields of a credential: validated, stored as a whole, and shown without the secrets.

This knows no scheme: every `SecretStr` of a model, at any depth, is a secret.
"""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails, to_jsonable_python

from probes.auth.base import SchemeSettings
from probes.auth.registry import SCHEMES
from security.vault import DataKey
from services.errors import Invalid

LONGEST = 256 * 1024

Tree = dict[str, Any]
Path = tuple[str | int, ...]


def read(scheme: str, fields: Mapping[str, Any]) -> SchemeSettings:
    """Validate a user's fields. Raise `Invalid` with each wrong field and without any value."""
    if scheme not in SCHEMES:
        raise Invalid({"scheme": [f"Must be one of: {', '.join(SCHEMES)}."]})
    try:
        settings = SCHEMES[scheme].settings.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error, "fields")) from None
    if len(json.dumps(plain(settings))) > LONGEST:
        raise Invalid({"fields": [f"Must be at most {LONGEST // 1024} KiB in total."]})
    return settings


def restored(scheme: str, tree: Mapping[str, Any]) -> SchemeSettings:
    """Parse stored fields. Validators get `stored` in their context, because time has passed."""
    return SCHEMES[scheme].settings.model_validate(tree, context={"stored": True})


def merged(
    before: Mapping[str, Any],
    changes: Mapping[str, Any],
    replaces: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Tree:
    """Merge changes into stored fields. A null removes a field, as does one that `replaces` it."""
    after = {**before, **changes}
    gone = {name for name, value in changes.items() if value is None and name in before}
    for name, others in replaces.items():
        if changes.get(name) is not None:
            gone.update(other for other in others if other not in changes)
    return {name: value for name, value in after.items() if name not in gone}


def refuse_other_endpoint(
    scheme: str, before: SchemeSettings, after: SchemeSettings, given: Mapping[str, Any]
) -> None:
    """Raise `Invalid` for each kept secret if it would be sent to another endpoint.

    A user who may change a credential need not know its secrets, and must not learn them this way.
    """
    moved = [
        name for name in SCHEMES[scheme].endpoints if getattr(before, name) != getattr(after, name)
    ]
    if not moved:
        return
    text = f"Must be entered again, because it would be sent to another {min(moved)}."
    kept = [
        name
        for name, value, annotation in _fields(before)
        if value is not None and may_hold_secret(annotation) and given.get(name, value) is value
    ]
    if kept:
        raise Invalid({f"fields.{name}": [text] for name in kept})


def plain(settings: BaseModel) -> Tree:
    """Return all fields with their secrets, for encryption."""
    tree: Tree = _walk(settings, (), lambda _, secret: secret)
    return tree


def shown(
    settings: BaseModel, key: DataKey, *, now: datetime, before: tuple[Tree, Tree] = ({}, {})
) -> Tree:
    """Return the fields with the state, the fingerprint and the age in place of each secret.

    `before` has the stored and the shown fields: a secret that stays keeps its age.
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
    """Return whether the type may contain a secret at any depth, such as in a list."""
    return annotation is SecretStr or any(map(may_hold_secret, get_args(annotation)))


def _fields(model: BaseModel) -> list[tuple[str, object, object]]:
    """Return the fields under the names that users write, each with its value and its type."""
    return [
        (field.alias or name, getattr(model, name), field.annotation)
        for name, field in type(model).model_fields.items()
    ]


def _at(tree: object, path: Path) -> object:
    for step in path:
        try:
            tree = tree[step]  # type: ignore[index] # anything else raises one of these
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def problems(error: ValidationError, at: str) -> dict[str, list[str]]:
    """Return the problems of each field below `at`, without the input."""
    found: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_context=True, include_input=False):
        path = ".".join([at, *map(str, each["loc"])])
        found.setdefault(path, []).append(_sentence(each))
    return found


_FIXED = {
    "bool_type": "Must be true or false.",
    "extra_forbidden": "Unknown field.",
    "int_type": "Must be a whole number.",
    "list_type": "Must be a list.",
    "missing": "Missing data for required field.",
    "string_pattern_mismatch": (
        "Contains a character that is not accepted here, or is too short or too long."
    ),
    "string_type": "Must be a text.",
    "tuple_type": "Must be a list.",
}
"""By the types of pydantic's errors, whose texts name types of Python and show patterns."""


_WITH_LIMITS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than_equal": lambda limits: f"Must be at least {limits['ge']}.",
    "less_than_equal": lambda limits: f"Must be at most {limits['le']}.",
    "literal_error": lambda limits: f"Must be one of: {_listed(limits['expected'])}.",
    "string_too_long": lambda limits: f"May have at most {limits['max_length']} characters.",
    "string_too_short": lambda limits: f"Must have at least {limits['min_length']} characters.",
    "too_long": lambda limits: f"Must be at most {limits['max_length']}.",
    "too_short": lambda limits: f"Must be at least {limits['min_length']}.",
    "union_tag_invalid": lambda limits: f"Must be one of: {_listed(limits['expected_tags'])}.",
}


def _sentence(error: ErrorDetails) -> str:
    """Return what to correct. It never repeats the input."""
    kind = error["type"]
    if kind in _WITH_LIMITS:
        return _WITH_LIMITS[kind](error.get("ctx", {}))
    return _FIXED.get(kind) or error["msg"].removeprefix("Value error, ")


def _listed(choices: str) -> str:
    """Return choices without the quotes of Python."""
    return choices.replace("'", "").replace(" or ", ", ")
