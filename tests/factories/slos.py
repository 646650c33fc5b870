"""SLOs for tests."""

from sqlalchemy.orm import Session

from models import Monitor, Slo
from models.slo import Indicator


def slo(session: Session, monitor: Monitor | None = None, **values: object) -> Slo:
    """Return an SLO of a monitor of 99.9 % over 30 days, or of the given values."""
    owner = {} if monitor is None else {"organization_id": monitor.organization_id}
    given: dict[str, object] = {
        "name": f"SLO of {monitor.name if monitor else 'all'}",
        "monitor_id": monitor and monitor.id,
        "indicator": Indicator.AVAILABILITY,
        "target_percent": 99.9,
        "time_zone": "UTC",
        **owner,
        **values,
    }
    given["indicator"] = Indicator(str(given["indicator"]))
    if given.get("calendar") is None:
        given.setdefault("rolling_days", 30)
    row = Slo(**given)
    session.add(row)
    session.flush()
    return row
