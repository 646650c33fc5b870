"""A bucket at S3 does what a folder does, and one that fails or lies costs time and no check."""

import http.client
from collections.abc import Iterator
from datetime import timedelta

import pytest
from moto.server import ThreadedMotoServer
from structlog.testing import capture_logs

from services.archive.files.store import AlreadyStored, NotStored, Store, StoreError, connect
from services.archive.upkeep import orphans, verification
from tests.services.archive.faulty_s3 import faulty
from tests.services.archive.world import World

_Address = tuple[str, int]
_VERSIONED = """
    <VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Status>Enabled</Status>
    </VersioningConfiguration>
"""


@pytest.fixture(scope="module")
def moto() -> Iterator[_Address]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


def bucket(moto: _Address, name: str, endpoint: str = "", *, seconds: int = 30) -> Store:
    """Make a bucket, and connect to it at an endpoint."""
    host, port = moto
    put(moto, f"/{name}")
    options = f"endpoint={endpoint or f'http://{host}:{port}'},region=us-east-1"
    return connect(
        f"s3://{name}/here",
        f"{options},access_key_id=a,secret_access_key=b",
        timeout_seconds=seconds,
    )


def put(moto: _Address, path: str, body: str = "") -> None:
    connection = http.client.HTTPConnection(*moto)
    connection.request("PUT", path, body)
    assert connection.getresponse().status == 200
    connection.close()


def test_a_bucket_that_keeps_versions_is_said_wherever_something_is_deleted(
    world: World, moto: _Address
) -> None:
    plain, kept = bucket(moto, "plain"), bucket(moto, "kept")
    put(moto, "/kept?versioning", _VERSIONED)
    for world.store in (plain, kept):
        assert verification.retention_note(world.store) is None
        world.store.create("manifests/00000001.jws", b"a")
        world.store.create("days/2020-05-01/checks-05-1-a.parquet", b"a")
    assert verification.retention_note(plain) is None
    note = verification.retention_note(kept)
    assert note is not None
    assert note.startswith("s3://kept/here keeps versions of deleted objects")
    world.store = connect((world.folder / "folder").as_uri())
    world.store.create("manifests/00000001.jws", b"a")
    assert verification.retention_note(world.store) is None


@pytest.mark.parametrize(("is_versioned", "warnings"), [(False, 0), (True, 1)])
def test_the_sweep_says_that_deleted_objects_are_kept(
    world: World, moto: _Address, *, is_versioned: bool, warnings: int
) -> None:
    name = f"swept{warnings}"
    world.store = bucket(moto, name)
    if is_versioned:
        put(moto, f"/{name}?versioning", _VERSIONED)
    world.store.create("days/2020-05-01/checks-05-1-a.parquet", b"a")
    with capture_logs() as logs:
        assert orphans.sweep(world.archiver(), after=timedelta(hours=-1)) == 1
    found = [each for each in logs if each["event"] == "archive_deleted_objects_kept"]
    assert [each["objects"] for each in found] == [1] * warnings
    assert list(world.store.list()) == []


def test_an_object_of_a_bucket_is_created_once(moto: _Address) -> None:
    store = bucket(moto, "objects")
    store.create("days/x", b"abcdef")
    with pytest.raises(AlreadyStored):
        store.create("days/x", b"other")
    assert store.read_range("days/x", 2, 3) == b"cde"
    assert [(each.name, each.size) for each in store.list("days/")] == [("days/x", 6)]
    store.delete("days/x")
    with pytest.raises(NotStored):
        store.size("days/x")


def test_a_day_and_its_month_are_archived_and_verified_in_a_bucket(
    world: World, moto: _Address
) -> None:
    world.store = bucket(moto, "whole")
    world.filled()
    before = world.found()
    world.finish()
    assert (world.count(), world.found()) == (0, before)
    world.compact()
    assert world.found() == before
    assert [each.name for each in world.store.list("months/")] != []
    assert list(verification.problems(world.archiver())) == []


FAULTS = ("error", "truncate", "short", "etag", "truncate", "error", "short", "stall")


def test_a_bucket_that_fails_or_lies_loses_no_check(world: World, moto: _Address) -> None:
    world.store = bucket(moto, "bad")
    world.filled()
    before = world.found()
    with faulty(moto, FAULTS, every=6) as proxy:
        store = bucket(moto, "bad", proxy.endpoint, seconds=1)
        for _ in range(60):
            try:
                world.compact(world.archiver(store=store))
                break
            except StoreError:
                # Nothing is lost in between; this store tells the truth.
                assert world.found() == before
        assert proxy.broken > len(FAULTS)
    world.compact()
    assert (world.count(), world.found()) == (0, before)
    world.organizations()
    assert list(verification.problems(world.archiver())) == []
