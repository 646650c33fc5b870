"""A clock that is off, for one server: libfaketime lets it believe so."""

from pathlib import Path

from tests.servers.programs import missing


def clock(off: str | None) -> tuple[str, ...]:
    """Return the environment of a server whose clock is off by so much, such as `+2h`."""
    if off is None:
        return ()
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        missing("libfaketime")
    return (f"LD_PRELOAD={found[0]}", f"FAKETIME={off}", "FAKETIME_DONT_FAKE_MONOTONIC=1")
