"""How the processes of a run share the tests: one file after the other, and all stacks in one."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.order import STACKS


class StacksTogether(LoadFileScheduling):  # type: ignore[misc] # it has no types
    def __init__(self, config: pytest.Config, log: Any = None) -> None:  # noqa: ANN401 - it has no types
        # It would put the files with the most tests first, which are not those that take longest.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return "stacks" if nodeid.startswith(STACKS) else str(super()._split_scope(nodeid))
