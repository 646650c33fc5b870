"""A directory of received messages, one file each, which a reader never sees half written."""

import uuid
from datetime import UTC, datetime
from pathlib import Path


def keep(directory: Path, suffix: str, content: bytes) -> Path:
    """Store the content under a new name; names sort by the time of arrival."""
    directory.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid.uuid4().hex[:12]}{suffix}"
    unfinished = directory / f".{name}.part"
    unfinished.write_bytes(content)
    return unfinished.replace(directory / name)
