"""Which files of the product something passes through, and how often it comes back to one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.conftest import ROOT

_LISTENERS = {"services/audit/changes.py"}
"""What SQLAlchemy calls at each statement; it returns at once where nothing is recorded."""


@dataclass
class Passage:
    """The stays of a passage: each is one or more calls in the same file, one after the other."""

    below: tuple[str, ...]
    stays: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """Return each file once, in the order of the first stay."""
        return list(dict.fromkeys(self.stays))

    @property
    def returns(self) -> int:
        """Return how many stays were in a file that had been left before."""
        return len(self.stays) - len(self.files)

    def note(self, frame: FrameType, event: str, _arg: object) -> None:
        # A comprehension, or what a dataclass generates, is no way that a reader goes.
        if event != "call" or frame.f_code.co_name.startswith(("<", "__")):
            return
        file = Path(frame.f_code.co_filename)
        if not file.is_relative_to(ROOT):
            return
        name = str(file.relative_to(ROOT))
        if name in _LISTENERS:
            return
        if name.startswith(self.below) and (not self.stays or self.stays[-1] != name):
            self.stays.append(name)

    def __str__(self) -> str:
        head = f"{len(self.stays)} stays in {len(self.files)} files, {self.returns} returns"
        return "\n".join([head, *(f"    {name}" for name in self.files)])


@contextmanager
def passing(*below: str) -> Iterator[Passage]:
    """Note what this thread calls in the block, of files whose path begins with one of these."""
    passage = Passage(below)
    before = sys.getprofile()
    sys.setprofile(passage.note)
    try:
        yield passage
    finally:
        sys.setprofile(before)
