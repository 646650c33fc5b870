"""Checks with a login by user name and password, of kinds that take one."""

from dataclasses import replace

from probes.base import ProbeResult, Target
from probes.urls import origin_of
from tests.probes.auth.asking import credential
from tests.probes.conftest import Prober


def logged_in(wanted: Target, user: str, password: str) -> Target:
    """Return the target with a credential for its origin; an empty part is left out."""
    given = {"username": user, "password": password}
    held = credential("basic", {name: value for name, value in given.items() if value})
    origins = frozenset({origin_of(wanted.url)})
    return replace(wanted, credentials=(replace(held, origins=origins),))


def check(probe: Prober, wanted: Target, user: str, password: str) -> ProbeResult:
    return probe.check(logged_in(wanted, user, password))
