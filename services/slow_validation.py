"""What takes seconds to judge of settings, and so is found out while no transaction is open.

Whoever needs it within one raises `NeedsValidation`. The entry point ends the transaction, finds out, and begins
anew with what it knows then.
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
"""Of a channel what is wrong, if anything is; of a credential what to store, or the problems of its fields."""
Key = tuple[type[Settings], bytes]
"""Settings by what they say: those with fields of fields cannot be keys themselves."""
Examined = Mapping[Key, Finding]
NOTHING: Examined = {}


class NeedsValidation(Exception):
    """There are settings of which it is not known yet what is wrong with them."""

    def __init__(self, settings: Iterable[Settings]) -> None:
        super().__init__("These settings were not examined.")
        self.settings = tuple(settings)


def problem(settings: ChannelSettings, examined: Examined) -> str | None:
    """Say what was found to be wrong with settings; raises `NeedsValidation`."""
    if not settings.IS_EXAMINED:
        return None
    found = _found(settings, examined)
    return found if isinstance(found, str) else None


def to_store(settings: SchemeSettings, examined: Examined) -> SchemeSettings:
    """Return the fields as they are stored; raises `NeedsValidation`, or `Invalid` for what was found."""
    if not settings.needs_child:
        return settings
    found = _found(settings, examined)
    if isinstance(found, SchemeSettings):
        return found
    raise Invalid(found if isinstance(found, dict) else {})


def examine(several: Iterable[Settings], policy: EgressPolicy) -> dict[Key, Finding]:
    """Find out about each, channels of one kind together; no transaction may be open."""
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
