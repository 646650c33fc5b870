"""What a change of a monitor may contain."""

from typing import get_type_hints

from services.monitors.changes import MonitorChanges
from services.monitors.values import MonitorValues


def test_a_change_has_the_fields_of_a_monitor_and_their_types() -> None:
    assert get_type_hints(MonitorChanges) == get_type_hints(MonitorValues)
