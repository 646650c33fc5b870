"""The transfers of an engine: free ones for reuse, and those that a check keeps."""

from probes.curl.transfer import Transfer
from probes.engine.running import Running
from security.egress.guard import EgressPolicy


class Transfers:
    """For the engine's thread."""

    def __init__(self, policy: EgressPolicy, cafile: str) -> None:
        self._policy = policy
        self._cafile = cafile
        self._free: list[Transfer] = []

    def take(self, running: Running) -> Transfer:
        """Return a transfer for the request of this check.

        If the check keeps a connection, it is the one that holds the connection.
        """
        key = running.request.connection
        if key is None:
            return self._free.pop() if self._free else Transfer(self._policy, self._cafile)
        if key not in running.connections:
            running.connections[key] = Transfer(self._policy, self._cafile, keeps_connection=True)
        return running.connections[key]

    def give_back(self, transfer: Transfer) -> None:
        if not transfer.keeps_connection:
            self._free.append(transfer)
