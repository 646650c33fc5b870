"""A clock that is off, for one process: libfaketime lets it believe so."""

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


def clock_of_python(off: str) -> dict[str, str]:
    """Return the environment of a process of ours whose clock on the wall is off by so much.

    What measures durations is right, and so are the times of files.
    """
    variables = dict(variable.split("=", 1) for variable in clock(off))
    return variables | {
        "NO_FAKE_STAT": "1",
        # Otherwise a thread that waits for the lock of the interpreter does not wait but spins.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        "PYTHONPATH": str(Path(__file__).parent / "own_clock"),
    }
