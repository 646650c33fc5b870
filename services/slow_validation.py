"""Validation that takes seconds, and so runs while no transaction is open.

Code that needs it within a transaction raises `NeedsValidation`. The entry point then ends the
transaction, validates, and starts again with the findings.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from notifiers.kind import ChannelSettings
from probes.credential import SchemeSettings
from security.egress.addresses import EgressPolicy
from services import secret_fields
from services.errors import Invalid

Settings = ChannelSettings | SchemeSettings
Problems = dict[str, list[str]]
Finding = str | None | SchemeSettings | Problems
"""Of a channel, the problem or None; of a credential, the fields to store or their problems."""
Key = tuple[type[Settings], bytes]
"""Settings by their content: those with nested fields are not hashable."""
Examined = Mapping[Key, Finding]
NOTHING: Examined = {}


class NeedsValidation(Exception):
    """Raised for settings that have not been validated yet."""

    def __init__(self, settings: Iterable[Settings]) -> None:
        super().__init__("These settings have not been validated yet.")
        self.settings = tuple(settings)


def problem(settings: ChannelSettings, examined: Examined) -> str | None:
    """Return the problem of the settings, if any. Raise `NeedsValidation` if it is not known."""
    if not settings.IS_EXAMINED:
        return None
    found = _found(settings, examined)
    return found if isinstance(found, str) else None


def to_store(settings: SchemeSettings, examined: Examined) -> SchemeSettings:
    """Return the fields to store. Raise `NeedsValidation`, or `Invalid` with the findings."""
    if not settings.needs_child:
        return settings
    found = _found(settings, examined)
    if isinstance(found, SchemeSettings):
        return found
    raise Invalid(found if isinstance(found, dict) else {})


def examine(several: Iterable[Settings], policy: EgressPolicy) -> dict[Key, Finding]:
    """Validate all of these, channels of one kind together; no transaction may be open."""
    found: dict[Key, Finding] = {}
    kinds: dict[type[ChannelSettings], list[ChannelSettings]] = defaultdict(list)
    for settings in several:
        if isinstance(settings, SchemeSettings):
            found[_key(settings)] = _looked_into(settings)
        else:
            kinds[type(settings)].append(settings)
    for kind, alike in kinds.items():
        found.update(zip(map(_key, alike), kind.examine(alike, policy), strict=True))
    return found


def _found(settings: Settings, examined: Examined) -> Finding:
    key = _key(settings)
    if key not in examined:
        raise NeedsValidation([settings])
    return examined[key]


def _key(settings: Settings) -> Key:
    text = json.dumps(secret_fields.plain(settings), sort_keys=True)
    return type(settings), hashlib.sha256(text.encode()).digest()


def _looked_into(settings: SchemeSettings) -> SchemeSettings | Problems:
    try:
        return settings.examined()
    except ValidationError as error:
        return secret_fields.problems(error, "fields")
    except ValueError as error:
        return {"fields": [str(error)]}
