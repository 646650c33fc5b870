"""Counts what is called, in Python and in C, which is the same on every machine and however busy it is."""

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import BuiltinFunctionType, FrameType

from probes.auth.base import AuthorizationError

LOADS_OF_KEYS = frozenset(
    {
        "load_pem_private_key",
        "load_der_private_key",
        "load_ssh_private_key",
        "load_key_and_certificates",
        "load_pkcs12",
    }
)
DERIVATIONS = frozenset(
    {"derive", "derive_into", "pbkdf2_hmac", "scrypt", "load_key_and_certificates"}
)


class Calls(Counter[str]):
    """How often each function was called, by its name."""

    def note(self, frame: FrameType, event: str, called: object) -> None:
        """Serve as the profile function of a thread."""
        if event == "call":
            self[frame.f_code.co_name] += 1
        elif event == "c_call" and isinstance(called, BuiltinFunctionType):
            self[called.__name__] += 1

    def of(self, names: frozenset[str]) -> int:
        return sum(self[name] for name in names)


def calls_of(act: Callable[[], object]) -> Calls:
    """Return what was called by this thread for it; a conversation may end with a refusal."""
    calls = Calls()
    before = sys.getprofile()
    sys.setprofile(calls.note)
    try:
        with suppress(AuthorizationError):
            act()
    finally:
        sys.setprofile(before)
    return calls
