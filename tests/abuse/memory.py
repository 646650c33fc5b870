"""How much memory a process took at most, as the kernel counts it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_BEGIN_ANEW = "5"


def _kib(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", _STATUS.read_text(encoding="ascii"), re.MULTILINE)
    assert found
    return int(found[1])


@contextmanager
def at_most(mib: int) -> Iterator[None]:
    """Fail if this process needs so much more within the block than before, even for a moment."""
    _CLEAR.write_text(_BEGIN_ANEW, encoding="ascii")
    before = _kib("VmRSS")
    yield
    assert (_kib("VmHWM") - before) // 1024 < mib
