"""How the processes of a run share the tests: one file after the other, and all stacks in one."""

from xdist.scheduler import LoadFileScheduling

from tests.order import STACKS


class StacksTogether(LoadFileScheduling):  # type: ignore[misc] # it has no types
    def _split_scope(self, nodeid: str) -> str:
        return "stacks" if nodeid.startswith(STACKS) else str(super()._split_scope(nodeid))
