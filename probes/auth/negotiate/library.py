"""Finds the Kerberos library: in the pinned wheel of pycurl, or else in the system."""

from collections.abc import Iterable
from ctypes import CDLL
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_NAME = "libgssapi_krb5"
_SYSTEM = f"{_NAME}.so.2"


@cache
def library() -> CDLL | None:
    """Return MIT's GSSAPI, or None if the machine has none."""
    spec = find_spec("pycurl")
    places = list(Path(spec.origin).parents)[:2] if spec and spec.origin else []
    return loaded([*_in_wheels(places), _SYSTEM])


def loaded(candidates: Iterable[str]) -> CDLL | None:
    """Return the first library that can be loaded, or None."""
    for name in candidates:
        try:
            return CDLL(name)
        except OSError:
            continue
    return None


def _in_wheels(places: Iterable[Path]) -> list[str]:
    """Return the libraries that a wheel installed beside its package."""
    return [str(each) for place in places for each in place.glob(f"pycurl.libs/{_NAME}*")]
