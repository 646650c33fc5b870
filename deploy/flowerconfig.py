"""Flower looks and never touches: read-only, behind a password on every path, with little memory.

Where it listens and who may enter come from the environment: FLOWER_ADDRESS, FLOWER_PORT, and
FLOWER_BASIC_AUTH or FLOWER_BASIC_AUTH_FILE (`user:password`). Without either it does not start.
"""
# ruff: noqa: INP001 - read by its program, imported by nobody

import os
from pathlib import Path

from flower import command

from tasks.worker.flower_gate import GatedFlower

_environment = os.environ  # noqa: TID251 - Flower's own settings
_file = _environment.get("FLOWER_BASIC_AUTH_FILE")
_entry = Path(_file).read_text().strip() if _file else _environment.get("FLOWER_BASIC_AUTH", "")
if not _entry.partition(":")[2] or not _entry.isascii():
    raise SystemExit(
        "Flower needs FLOWER_BASIC_AUTH or FLOWER_BASIC_AUTH_FILE: user:password, in ASCII."
    )

command.Flower = GatedFlower
basic_auth = [_entry]
read_only = True
# It would print its settings, and show tracebacks to who asks.
debug = False
# Flower would switch events on in every worker again and again, and they cost half of its speed.
enable_events = False
# Its defaults keep 100,000 tasks and 5,000 workers in memory.
max_tasks = 1_000
max_workers = 200
purge_offline_workers = 300
persistent = False
