"""The fields of a channel as a form, made from the settings of its kind.

So a new kind of channel needs no template. Secrets have names of their own: what was typed into
them is never shown again, and is not carried through a login.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from werkzeug.datastructures import MultiDict

from notifiers.registry import KINDS
from services.errors import Invalid
from services.secret_fields import may_hold_secret
from web.translations import gettext as _
from web.translations import marked

_PLAIN, _SECRET = "settings.", "secret."
_LABELS: Mapping[str, str] = {
    "address": marked("Address"),
    "url": marked("URL"),
    "secret": marked("Shared secret"),
    "signing_key": marked("Private signing key"),
    "content_type": marked("Content type of custom bodies"),
    "chat_id": marked("Chat"),
    "topic_id": marked("Topic"),
    "bot_token": marked("Token of your own bot"),
    "routing_key": marked("Integration key"),
}
_LABELS_OF_KINDS: Mapping[tuple[str, str], str] = {
    ("email", "address"): marked("Email address"),
    ("sms", "address"): marked("Phone number"),
    ("voice", "address"): marked("Phone number"),
    ("slack", "url"): marked("URL of the incoming webhook"),
    ("teams", "url"): marked("URL of the workflow"),
    ("discord", "url"): marked("URL of the webhook"),
    ("apprise", "url"): marked("Apprise URL"),
}
_HINTS: Mapping[tuple[str, str], str] = {
    ("sms", "address"): marked("In international form, such as +14155550123."),
    ("voice", "address"): marked("In international form, such as +14155550123."),
    ("webhook", "url"): marked("Messages are posted there as JSON, signed with the keys below."),
    ("webhook", "secret"): marked("Signs each message with HMAC-SHA256 (Standard Webhooks)."),
    ("webhook", "signing_key"): marked("If empty, we generate one. Only its public key is shown."),
    ("slack", "url"): marked("Such as https://hooks.slack.com/services/…"),
    ("discord", "url"): marked("Such as https://discord.com/api/webhooks/…"),
    ("telegram", "chat_id"): marked(
        "A number, negative for a group, or the @name of a public channel."
    ),
    ("telegram", "topic_id"): marked("The number of a topic within a group."),
    ("telegram", "bot_token"): marked("If empty, the bot of this service sends."),
    ("pagerduty", "routing_key"): marked("The 32 characters of an Events API v2 integration."),
    ("apprise", "url"): marked("Such as ntfys://ntfy.example.com/topic."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting. `kind` is text, number, secret, select or json; `name` is that of the form."""

    setting: str
    name: str
    label: str
    hint: str
    kind: str
    is_required: bool
    value: str = ""
    is_set: bool = False
    choices: tuple[tuple[str, str], ...] = ()


def fields(
    kind: str, shown: Mapping[str, Any] | None = None, typed: MultiDict[str, str] | None = None
) -> list[Field]:
    """Return the fields of a kind: as they are stored, or as they were typed. Secrets are empty.

    Fields that this service fills by itself, such as a replaced secret, are left out. So is the
    destination of a channel that is stored, because it cannot change.
    """
    model = KINDS[kind].settings
    is_stored = shown is not None
    return [
        _field(kind, name, info, shown or {}, typed)
        for name, info in model.model_fields.items()
        if name not in model.ROTATES.values() and not (is_stored and name in model.DESTINATION)
    ]


def labels(kind: str) -> dict[str, str]:
    """Return the labels of the fields, by their names in the form."""
    return {each.name: each.label for each in fields(kind)}


def is_editable(kind: str) -> bool:
    """Return whether a channel of a kind has settings besides its destination."""
    return kind in KINDS and bool(fields(kind, shown={}))


def rotates(kind: str) -> bool:
    """Return whether replaced secrets of a kind stay valid for a time."""
    return bool(KINDS[kind].settings.ROTATES)


def given(kind: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of a new channel.

    Raise `Invalid` for what is missing, and for what is no number and no JSON.
    """
    required = [each.name for each in fields(kind) if each.is_required]
    missing = [name for name in required if not typed.get(name, "").strip()]
    if missing:
        raise Invalid({name: [_("Fill this in.")] for name in missing})
    return {name: value for name, value in _read(fields(kind), typed) if value is not None}


def changed(kind: str, typed: Mapping[str, str], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes of settings. An empty secret stays; an empty text is removed."""
    found: dict[str, Any] = {}
    secrets = {each.setting for each in fields(kind) if each.kind == "secret"}
    for name, value in _read(fields(kind, shown), typed):
        if name in secrets:
            if value is not None:
                found[name] = value
            elif f"{_SECRET}{name}_clear" in typed:
                found[name] = None
        elif f"{_PLAIN}{name}" in typed and value != shown.get(name):
            found[name] = value
    if "forget" in typed:
        found |= dict.fromkeys(KINDS[kind].settings.ROTATES.values())
    return found


def in_form(kind: str, error: Invalid) -> Invalid:
    """Return the problems of settings under the names of the fields of the form."""
    names = {each.setting: each.name for each in fields(kind)}
    return Invalid({_in_form(path, names): texts for path, texts in error.problems.items()})


def _in_form(path: str, names: Mapping[str, str]) -> str:
    setting = path.removeprefix("settings.").partition(".")[0]
    return names.get(setting, path)


def _read(several: Sequence[Field], typed: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for each in several:
        text = typed.get(each.name, "").strip()
        yield each.setting, _value(each, text) if text else None


def _value(field: Field, text: str) -> Any:  # noqa: ANN401 - whatever the settings take
    try:
        if field.kind == "number":
            return int(text)
        return json.loads(text) if field.kind == "json" else text
    except (ValueError, RecursionError):
        sentence = _("Enter a number.") if field.kind == "number" else _("This is not JSON.")
        raise Invalid({field.name: [sentence]}) from None


def _field(
    kind: str,
    name: str,
    info: FieldInfo,
    shown: Mapping[str, Any],
    typed: MultiDict[str, str] | None,
) -> Field:
    kind_of_field, choices = _kind(info)
    is_secret = kind_of_field == "secret"
    full = f"{_SECRET if is_secret else _PLAIN}{name}"
    stored = shown.get(name)
    is_set = is_secret and isinstance(stored, dict) and bool(stored.get("set"))
    return Field(
        setting=name,
        name=full,
        label=_label(kind, name),
        hint=_(_HINTS[kind, name]) if (kind, name) in _HINTS and not is_set else "",
        kind=kind_of_field,
        is_required=info.is_required(),
        value="" if is_secret else _shown(info, stored, None if typed is None else typed.get(full)),
        is_set=is_set,
        choices=choices,
    )


def _kind(info: FieldInfo) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the kind of a field, and what can be chosen."""
    alternatives = [each for each in _parts(info.annotation) if each is not type(None)]
    if any(each is SecretStr for each in alternatives):
        return "secret", ()
    literals = [each for each in alternatives if get_origin(each) is Literal]
    if literals:
        values = [str(each) for literal in literals for each in get_args(literal)]
        return "select", tuple((each, each) for each in values)
    if alternatives == [int]:
        return "number", ()
    if alternatives == [str]:
        return "text", ()
    return ("secret" if any(map(may_hold_secret, alternatives)) else "json"), ()


def _parts(annotation: object) -> list[object]:
    """Return the alternatives of a type, without what is annotated to them."""
    if get_origin(annotation) is Literal or not get_args(annotation):
        return [annotation]
    inner = get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return _parts(inner[0])
    if get_origin(annotation) in {list, dict, tuple}:
        return [annotation]
    return [part for each in inner for part in _parts(each)]


def _label(kind: str, name: str) -> str:
    label = _LABELS_OF_KINDS.get((kind, name)) or _LABELS.get(name)
    return _(label) if label else name.replace("_", " ").capitalize()


def _shown(info: FieldInfo, stored: object, typed: str | None) -> str:
    if typed is not None:
        return typed
    value = info.get_default() if stored is None else stored
    if value is None or not isinstance(value, str | int | list | dict):
        return ""
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
