"""The kinds of probe. A new kind is one file, one line here, one test file, one row in docs/probes.md."""

from collections.abc import Callable
from dataclasses import dataclass

from probes import http
from probes.base import KindSettings, Target
from probes.exchange import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of probe.

    `validate_url` returns the address as it is stored, or raises a `ValueError` for the user.
    `probe` holds the conversation with the target that ends in a verdict; the engine runs it.
    """

    settings: type[KindSettings]
    validate_url: Callable[[str], str]
    probe: Callable[[Target], Conversation]


KINDS: dict[str, Kind] = {
    "http": Kind(settings=http.HttpSettings, validate_url=http.validate_url, probe=http.probe),
}
