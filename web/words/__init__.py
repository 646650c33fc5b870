"""What values are called on pages, in the language of the reader: `words.state("down")`.

Templates have this package as the global `words`.
"""

from web.words.audit import audit_noun, changed, via
from web.words.incidents import handoff, note, resolution, suppression, target
from web.words.labels import Labels
from web.words.messages import (
    about_document,
    channel,
    delivery,
    document,
    event,
    export,
    recipient,
)
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
    step,
    test_run,
)
from web.words.operations import part
from web.words.people import (
    about_project_role,
    about_role,
    login_factor,
    login_outcome,
    login_way,
    machine,
    noun,
    project_role,
    role,
    scheme,
    verb,
)
from web.words.plans import (
    FEATURES_OF_KINDS,
    feature,
    limit,
    meter,
    standing,
    subscription,
    when_full,
)
from web.words.sso import domain_problem, domain_state

__all__ = [
    "FEATURES_OF_KINDS",
    "Labels",
    "about_document",
    "about_project_role",
    "about_role",
    "audit_noun",
    "backoff",
    "cause",
    "changed",
    "channel",
    "delivery",
    "document",
    "domain_problem",
    "domain_state",
    "event",
    "expiry",
    "export",
    "feature",
    "handoff",
    "kind",
    "limit",
    "login_factor",
    "login_outcome",
    "login_way",
    "machine",
    "meter",
    "note",
    "noun",
    "outcome",
    "part",
    "phase",
    "project_role",
    "recipient",
    "resolution",
    "role",
    "scheme",
    "severity",
    "short_kind",
    "signal",
    "standing",
    "state",
    "step",
    "subscription",
    "suppression",
    "target",
    "test_run",
    "verb",
    "via",
    "when_full",
]
