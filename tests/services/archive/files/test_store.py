"""The object store creates once, words its errors without secrets, and refuses bad addresses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings
from services.archive import stores
from services.archive.files.store import AlreadyStored, NotStored, StoreError, connect

SECRET = "wJalrXUtnFEMI"


def test_an_object_is_created_once_and_read_in_parts(tmp_path: Path) -> None:
    store = connect(f"file://{tmp_path}/a%20b")
    store.create("days/x", b"abcdef")
    with pytest.raises(AlreadyStored):
        store.create("days/x", b"other")
    assert (store.read("days/x"), store.read_range("days/x", 2, 3)) == (b"abcdef", b"cde")
    assert [(each.name, each.size) for each in store.list("days/")] == [("days/x", 6)]
    store.delete("days/x")
    store.delete("days/x")
    with pytest.raises(NotStored, match=r"no object days/x"):
        store.read("days/x")
    assert (tmp_path / "a b").is_dir()


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        connect(f"file://{tmp_path}/file/archive")
    store = connect(f"file://{tmp_path}/archive")
    (tmp_path / "archive" / "days").write_text("")
    with pytest.raises(StoreError, match="Not a directory"):
        store.create("days/x", b"a")


def test_what_a_killed_writer_left_is_removed_after_a_while(tmp_path: Path) -> None:
    store = connect(f"file://{tmp_path}/archive")
    store.create("x", b"a")
    (tmp_path / "archive" / "y#1").write_bytes(b"half")
    assert [each.name for each in store.list()] == ["x"]
    now = datetime.now(UTC)
    assert store.remove_unfinished(before=now - timedelta(hours=1)) == 0
    assert store.remove_unfinished(before=now + timedelta(hours=1)) == 1
    assert not (tmp_path / "archive" / "y#1").exists()


def test_an_error_of_a_bucket_has_no_secret() -> None:
    options = f"access_key_id=A,secret_access_key={SECRET},endpoint=http://127.0.0.1:9,region=x"
    store = connect("s3://bucket/folder", options, timeout_seconds=1)
    with pytest.raises(StoreError) as caught:
        store.create("x", b"a")
    assert "s3://bucket/folder" in str(caught.value)
    assert SECRET not in str(caught.value)
    with pytest.raises(StoreError, match="nonsense"):
        connect("s3://bucket", f"nonsense=1,secret_access_key={SECRET}")


@pytest.mark.parametrize(
    "url",
    [
        f"s3://user:{SECRET}@bucket/x",
        f"az://account/container?sig={SECRET}",
        f"file://{SECRET}/x",
        f"{SECRET}://x",
        "s3:///folder",
    ],
)
def test_a_bad_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(archive_url=url)
    assert "archive_url" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_the_archive_is_a_folder_in_that_of_the_data_by_default(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path, archive_url="")
    assert stores.url_of(settings) == (tmp_path / "archive").as_uri()
    assert stores.is_enabled(settings)
    assert not stores.is_enabled(Settings(archive_url="none"))
    with pytest.raises(StoreError, match="no archive"):
        stores.of(Settings(archive_url="none"))
