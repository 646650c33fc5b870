"""Versions of values: equal values have equal versions, so a change in between is noticed."""

import hashlib
import json


def version(value: object) -> str:
    """Return the version of a value that JSON can write, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:24]
