"""Let Python sleep under libfaketime 0.9.10, which refuses to sleep until a moment.

Python finds this by `PYTHONPATH` as it starts.
"""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select([], [], [], float(seconds))


time.sleep = _sleep
