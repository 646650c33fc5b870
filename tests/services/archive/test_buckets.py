"""A bucket at S3 does what a folder does: conditional creation, ranges, lists."""

import http.client
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from services.archive.files.store import AlreadyStored, NotStored, Store, connect
from services.archive.upkeep import verification
from tests.services.archive.world import World


@pytest.fixture(scope="module")
def bucket() -> Iterator[Store]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    connection = http.client.HTTPConnection(host, port)
    connection.request("PUT", "/checks")
    assert connection.getresponse().status == 200
    connection.close()
    options = f"endpoint=http://{host}:{port},region=us-east-1"
    yield connect("s3://checks/here", f"{options},access_key_id=a,secret_access_key=b")
    server.stop()


def test_an_object_of_a_bucket_is_created_once(bucket: Store) -> None:
    bucket.create("days/x", b"abcdef")
    with pytest.raises(AlreadyStored):
        bucket.create("days/x", b"other")
    assert bucket.read_range("days/x", 2, 3) == b"cde"
    assert [(each.name, each.size) for each in bucket.list("days/")] == [("days/x", 6)]
    bucket.delete("days/x")
    with pytest.raises(NotStored):
        bucket.size("days/x")


def test_a_day_is_sealed_dropped_and_verified_in_a_bucket(world: World, bucket: Store) -> None:
    world.store = bucket
    world.filled()
    before = world.found()
    world.finish()
    assert (world.count(), world.found()) == (0, before)
    assert list(verification.problems(world.archiver())) == []
