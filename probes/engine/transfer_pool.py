"""The transfers of an engine: those that are free to be used again, and those that a check keeps."""

from probes.curl.transfer import Transfer
from probes.engine.running import Running
from security.egress.guard import EgressPolicy


class Transfers:
    """All of it is for the engine's thread."""

    def __init__(self, policy: EgressPolicy, cafile: str) -> None:
        self._policy = policy
        self._cafile = cafile
        self._free: list[Transfer] = []

    def take(self, running: Running) -> Transfer:
        """Return one for the request of this check: the one that holds its connection, if it keeps one."""
        key = running.request.connection
        if key is None:
            return self._free.pop() if self._free else Transfer(self._policy, self._cafile)
        if key not in running.connections:
            running.connections[key] = Transfer(self._policy, self._cafile, keeps_connection=True)
        return running.connections[key]

    def give_back(self, transfer: Transfer) -> None:
        if not transfer.keeps_connection:
            self._free.append(transfer)
