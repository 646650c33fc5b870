"""The version of what the organization of a request sees."""

from flask import g

from server.counting.versions import Version
from server.resources import resources


def read(organization_id: int) -> Version | None:
    """Return the version before the request reads anything else, and keep it for `of_request`.

    What is read afterwards is at least as new.
    """
    g.version = resources().versions.of(organization_id)
    return of_request()


def of_request() -> Version | None:
    """Return the version that was read at the start of this request, if any was."""
    found: Version | None = g.get("version")
    return found
