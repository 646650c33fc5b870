"""What takes seconds to judge of settings, and so is found out while no transaction is open.

Whoever needs it within one raises `Unexamined`. The entry point ends the transaction, finds out, and begins
anew with what it knows then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from notifiers.kind import ChannelSettings
from security.addresses import Policy

Examined = Mapping[ChannelSettings, str | None]
"""What is wrong with settings; with a null, nothing is."""
NOTHING: Examined = {}


class Unexamined(Exception):
    """There are settings of which it is not known yet what is wrong with them."""

    def __init__(self, settings: Iterable[ChannelSettings]) -> None:
        super().__init__("These settings were not examined.")
        self.settings = tuple(settings)


def problem(settings: ChannelSettings, examined: Examined) -> str | None:
    """Say what was found to be wrong with settings; raises `Unexamined`."""
    if not settings.IS_EXAMINED:
        return None
    if settings not in examined:
        raise Unexamined([settings])
    return examined[settings]


def examine(
    several: Iterable[ChannelSettings], policy: Policy
) -> dict[ChannelSettings, str | None]:
    """Find out what is wrong with each, those of one kind together; no transaction may be open."""
    kinds: dict[type[ChannelSettings], list[ChannelSettings]] = defaultdict(list)
    for settings in several:
        kinds[type(settings)].append(settings)
    return {
        settings: found
        for kind, alike in kinds.items()
        for settings, found in zip(alike, kind.examine(alike, policy), strict=True)
    }
