"""Checks as they are in real life: what the size of the files and the benchmark are measured with."""

import numpy as np

from services.archive.files import columns
from services.archive.files.columns import CHECK, Rows

DAY = 1_588_291_200
MINUTES = 1440


def draw(random: np.random.Generator, first: int, monitors: int) -> Rows:
    """Draw a day of checks each minute: a latency of its own per monitor, and a few failures."""
    rows = np.zeros(monitors * MINUTES, dtype=CHECK)
    number = np.repeat(np.arange(first, first + monitors), MINUTES)
    rows["monitor_id"], rows["organization_id"] = number, 16
    phase = np.repeat(random.integers(0, 60, monitors), MINUTES)
    rows["slot"] = DAY + phase + np.tile(np.arange(MINUTES) * 60, monitors)
    total = np.repeat(np.exp(random.normal(11.5, 0.8, monitors)), MINUTES)
    total = np.minimum(total * np.exp(random.normal(0, 0.15, len(rows))), 30e6)
    rows["total_us"], rows["region_id"], rows["http_status"] = total, 1, 200
    rows["connect_ms"], rows["tls_ms"] = total // 5000, total // 2500
    rows["first_byte_ms"] = total * 0.9 // 1000
    rows["lateness"] = np.minimum(random.exponential(8, len(rows)), 3000)
    down = random.random(len(rows)) < 0.003
    rows["outcome"][down], rows["cause"][down], rows["http_status"][down] = 2, 3, 500
    return columns.ordered(rows)
