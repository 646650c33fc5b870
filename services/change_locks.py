"""Changes of one thing take turns, so that who looked at it before a change saw the last one."""

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def take(session: Session, organization_id: int, path: str) -> None:
    """Wait until nobody else changes what is at a path; it is ours until the transaction ends."""
    told = hashlib.sha256(f"turn\0{organization_id}\0{path}".encode()).digest()
    session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(told[:8], signed=True))))
