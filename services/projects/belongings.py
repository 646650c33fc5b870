"""To which projects the monitors belong that something is about."""

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor


def of_monitors(
    session: Session, organization_id: int, monitor_ids: Collection[uuid.UUID | None]
) -> list[int | None]:
    """Return the keys of the projects of these monitors, each once.

    None stands for a monitor without a project, for one that the caller does not see, and for
    whatever is about no monitor in particular.
    """
    wanted = {each for each in monitor_ids if each is not None}
    if not wanted:
        return [None]
    found = session.execute(
        select(Monitor.public_id, Monitor.project_id).where(
            Monitor.organization_id == organization_id, Monitor.public_id.in_(wanted)
        )
    ).all()
    keys = {project for _, project in found}
    is_whole = len(found) == len(wanted) and None not in monitor_ids
    return [*keys] if is_whole else [*keys, None]
