"""The object store of the archive: a folder, or a bucket at S3, Google Cloud or Azure.

All objects are created once and never changed. The operator configures the address, as that of the
database, so the egress guard does not judge it.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_QUERY = re.compile(r"\?[^\s\"')]*")
_CONNECT_SECONDS = 5
_RETRIES = 2
_NO_VERSION = "null"
"""The version of an object that was created while versioning was suspended."""
_STAGED = re.compile(r"#\d+$")
"""How a folder marks a file that is not complete yet."""


class StoreError(Exception):
    """The object store failed or refused. The text is for the operator and has no secrets."""


class NotStored(StoreError):
    """There is no such object."""


class AlreadyStored(StoreError):
    """There is an object of that name."""


class ArchiveFileError(StoreError):
    """An object is damaged, missing, or of a newer schema. The text says which one and why."""


@dataclass(frozen=True, slots=True)
class Stored:
    name: str
    size: int
    modified_at: datetime


class Store(Protocol):
    """What the archive needs of an object store. Each call may raise `StoreError`."""

    @property
    def address(self) -> str:
        """The address as the operator knows it, without secrets."""

    def create(self, name: str, content: bytes | Path) -> None:
        """Create an object, all or nothing. Raise `AlreadyStored`."""

    def read(self, name: str) -> bytes: ...

    def read_range(self, name: str, start: int, length: int) -> bytes: ...

    def size(self, name: str) -> int: ...

    def list(self, prefix: str = "") -> Iterator[Stored]: ...

    def delete(self, name: str) -> None:
        """Delete an object; one that is missing is no error."""

    def keeps_deleted(self, name: str) -> bool | None:
        """Return whether a deleted object stays readable as a version, judged by one object.

        None: the provider does not tell.
        """

    def remove_unfinished(self, *, before: datetime) -> int:
        """Remove what killed writers left and `list` does not show; return how much."""


class ObjectStoreAdapter:
    """`Store` on obstore, whose errors it words for the operator."""

    def __init__(self, store: "ObjectStore", address: str, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self.address = address

    def create(self, name: str, content: bytes | Path) -> None:
        import obstore  # noqa: PLC0415 - only processes that use the archive load it

        self._call(obstore.put, name, content, mode="create", use_multipart=False)

    def read(self, name: str) -> bytes:
        import obstore  # noqa: PLC0415

        def whole(store: "ObjectStore", path: str) -> bytes:
            return bytes(obstore.get(store, path).bytes())

        return bytes(self._call(whole, name))

    def read_range(self, name: str, start: int, length: int) -> bytes:
        import obstore  # noqa: PLC0415

        return bytes(self._call(obstore.get_range, name, start=start, length=length))

    def size(self, name: str) -> int:
        import obstore  # noqa: PLC0415

        return int(self._call(obstore.head, name)["size"])

    def list(self, prefix: str = "") -> Iterator[Stored]:
        import obstore  # noqa: PLC0415

        def pages(store: "ObjectStore", path: str) -> list[Any]:
            return [each for page in obstore.list(store, path or None) for each in page]

        for each in self._call(pages, prefix):
            yield Stored(each["path"], each["size"], each["last_modified"])

    def delete(self, name: str) -> None:
        import obstore  # noqa: PLC0415

        try:
            self._call(obstore.delete, name)
        except NotStored:
            return

    def keeps_deleted(self, name: str) -> bool | None:
        import obstore  # noqa: PLC0415

        if self._folder is not None:
            return False
        if self.address.startswith("gs:"):
            # Each object has a generation there, whether or not older ones are kept.
            return None
        version = self._call(obstore.head, name)["version"]
        return version not in (None, _NO_VERSION)

    def remove_unfinished(self, *, before: datetime) -> int:
        if self._folder is None:
            return 0
        count = 0
        for path in self._folder.rglob("*#*"):
            is_left = _STAGED.search(path.name) and path.stat().st_mtime < before.timestamp()
            if is_left:
                path.unlink(missing_ok=True)
                count += 1
        return count

    def _call(self, function: Any, name: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        from obstore.exceptions import AlreadyExistsError, BaseError  # noqa: PLC0415

        try:
            return function(self._store, name, *arguments, **options)
        except FileNotFoundError as error:
            raise NotStored(f"{self.address} has no object {name}.") from error
        except AlreadyExistsError as error:
            raise AlreadyStored(f"{self.address} has an object {name} already.") from error
        except (BaseError, OSError, ValueError) as error:
            raise StoreError(f"{self.address}: {_plain(error)}") from error


class ObjectFile(io.RawIOBase):
    """An object as a file: each read is one request for a range."""

    def __init__(self, store: Store, name: str, size: int) -> None:
        super().__init__()
        self._store, self._name, self._size, self._at = store, name, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = origin + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        length = self._size - self._at if size is None or size < 0 else size
        length = max(0, min(length, self._size - self._at))
        if not length:
            return b""
        content = self._store.read_range(self._name, self._at, length)
        if len(content) != length:
            raise StoreError(f"{self._store.address} returned a part of {self._name}.")
        self._at += length
        return content


@cache
def connect(url: str, options: str = "", *, timeout_seconds: int = 30) -> Store:
    """Return the store at an address that `config.archive_address` accepts.

    `options` are those of the provider (`name=value`, separated by commas), such as keys. A request
    may take `timeout_seconds`, with its repetitions twice that. Raise `StoreError` if the address
    or an option cannot be used.
    """
    from obstore.exceptions import BaseError  # noqa: PLC0415
    from obstore.store import LocalStore, from_url  # noqa: PLC0415

    try:
        if url.startswith("file:"):
            folder = Path(unquote(urlsplit(url).path))
            # Listing a folder that is not there is no error, so it is made before anything else.
            return ObjectStoreAdapter(LocalStore(folder, mkdir=True), url, folder)
        config: Any = dict(_options(options))
        allow_http = config.get("endpoint", "").startswith("http://")
        store = from_url(
            url,
            config=config,
            client_options={
                "timeout": f"{timeout_seconds}s",
                "connect_timeout": f"{min(timeout_seconds, _CONNECT_SECONDS)}s",
                "allow_http": allow_http,
            },
            retry_config={
                "max_retries": _RETRIES,
                "retry_timeout": timedelta(seconds=timeout_seconds),
            },
        )
    except (BaseError, OSError, ValueError) as error:
        raise StoreError(f"The archive cannot be opened: {_plain(error)}") from error
    return ObjectStoreAdapter(store, url)


def _options(text: str) -> Mapping[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}


def _plain(error: Exception) -> str:
    """Return the first line without queries, which may carry a signature."""
    text = (str(error).splitlines() or [type(error).__name__])[0]
    return _QUERY.sub("", text)[:300]
