"""The output of all processes, line by line on one terminal, each with its name and colour."""

import sys
import threading
from datetime import datetime

from honcho.colour import get_colours
from honcho.printer import Message, Printer

from devstack.process import KEEPER

_WIDTH = len("worker-notifications.1")


class Console:
    """Called with each line, by many threads at once.

    Before `open` it shows only the events of the processes, not their own output.
    """

    def __init__(self) -> None:
        self._printer = Printer(sys.stdout, width=_WIDTH)
        self._colours = get_colours()
        self._colour_of: dict[str, str] = {}
        self._open = False
        self._lock = threading.Lock()

    def open(self) -> None:
        self._open = True

    def __call__(self, name: str, line: str) -> None:
        if not self._open and name != KEEPER:
            return
        with self._lock:
            if name not in self._colour_of:
                self._colour_of[name] = next(self._colours)
            now = datetime.now().astimezone()
            self._printer.write(Message("line", line, now, name, self._colour_of[name]))
