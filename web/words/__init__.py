"""What values are called on pages, in the language of the reader: `words.state("down")`.

Templates have this package as the global `words`.
"""

from web.words.incidents import handoff, note, resolution, suppression, target
from web.words.labels import Labels
from web.words.messages import channel, delivery, event, export, recipient
from web.words.monitors import (
    backoff,
    cause,
    expiry,
    kind,
    outcome,
    phase,
    severity,
    short_kind,
    signal,
    state,
    test_run,
)
from web.words.people import about_role, machine, noun, role, scheme, verb

__all__ = [
    "Labels",
    "about_role",
    "backoff",
    "cause",
    "channel",
    "delivery",
    "event",
    "expiry",
    "export",
    "handoff",
    "kind",
    "machine",
    "note",
    "noun",
    "outcome",
    "phase",
    "recipient",
    "resolution",
    "role",
    "scheme",
    "severity",
    "short_kind",
    "signal",
    "state",
    "suppression",
    "target",
    "test_run",
    "verb",
]
