"""Where the library of Kerberos is: that in the wheel of pycurl, which is locked, or else the system's."""

from collections.abc import Iterable
from ctypes import CDLL
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_NAME = "libgssapi_krb5"
_SYSTEM = f"{_NAME}.so.2"


@cache
def library() -> CDLL | None:
    """Return MIT's GSSAPI; nothing where the machine has none."""
    spec = find_spec("pycurl")
    places = list(Path(spec.origin).parents)[:2] if spec and spec.origin else []
    return loaded([*_in_wheels(places), _SYSTEM])


def loaded(candidates: Iterable[str]) -> CDLL | None:
    """Return the first that can be loaded."""
    for name in candidates:
        try:
            return CDLL(name)
        except OSError:
            continue
    return None


def _in_wheels(places: Iterable[Path]) -> list[str]:
    """Find the libraries that a wheel brought along, beside its package."""
    return [str(each) for place in places for each in place.glob(f"pycurl.libs/{_NAME}*")]
