"""Footers of objects that were read lately, so that the next page need not ask for them again.

An object never changes, and its name has a hash of its content. What proves an archive, such as
`downtime archive verify`, reads each object whole instead.
"""

from collections import OrderedDict
from threading import Lock

from pyarrow import parquet

from services.archive.files.encoding import ParquetFile
from services.archive.files.store import ObjectFile, Store

_Key = tuple[str, str, int]


class Footers:
    """At most so many bytes of footers, as they are in files; those that were used last stay."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self.size_bytes = 0
        self._known: OrderedDict[_Key, parquet.FileMetaData] = OrderedDict()
        self._lock = Lock()

    def opened(self, store: Store, name: str, size: int) -> ParquetFile:
        """Open an object of which only the needed parts are read."""
        key = (store.address, name, size)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
        file = ParquetFile(ObjectFile(store, name, size), name, footer=known)
        if known is None:
            self._keep(key, file.footer)
        return file

    def _keep(self, key: _Key, footer: parquet.FileMetaData) -> None:
        with self._lock:
            if key in self._known or footer.serialized_size > self._most:
                return
            self._known[key] = footer
            self.size_bytes += footer.serialized_size
            while self.size_bytes > self._most:
                _, oldest = self._known.popitem(last=False)
                self.size_bytes -= oldest.serialized_size
