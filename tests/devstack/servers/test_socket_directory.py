"""Where unix sockets live when the checkout lies deep."""

import os
import stat
from pathlib import Path

import pytest

from devstack.servers import socket_directory

DEEP = Path("/") / ("deep" * 30)


def test_a_short_path_is_taken_as_it_is() -> None:
    assert socket_directory.choose(Path("/var/x"), "redis.sock") == Path("/var/x")


def test_a_path_that_is_too_long_becomes_a_short_private_one(temporary: Path) -> None:
    found = socket_directory.choose(DEEP, "redis.sock")
    assert found.parent == temporary
    assert len(os.fsencode(found / "redis.sock")) <= 100
    assert stat.S_IMODE(found.stat().st_mode) == 0o700


def test_bytes_count_and_not_characters(temporary: Path) -> None:
    assert socket_directory.choose(Path("/") / ("ü" * 60), "redis.sock").parent == temporary


@pytest.mark.usefixtures("temporary")
def test_the_same_path_finds_the_same_place_again() -> None:
    first = socket_directory.choose(DEEP, "redis.sock")
    assert socket_directory.choose(DEEP, "redis.sock") == first
    assert socket_directory.choose(DEEP / "other", "redis.sock") != first


@pytest.mark.usefixtures("temporary")
def test_a_place_that_others_can_enter_is_refused() -> None:
    socket_directory.choose(DEEP, "redis.sock").chmod(0o777)
    with pytest.raises(PermissionError, match="belongs to someone else"):
        socket_directory.choose(DEEP, "redis.sock")


def test_a_link_that_someone_laid_there_is_refused(temporary: Path) -> None:
    place = socket_directory.choose(DEEP, "redis.sock")
    place.rmdir()
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    place.symlink_to(elsewhere)
    with pytest.raises(PermissionError):
        socket_directory.choose(DEEP, "redis.sock")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
@pytest.mark.usefixtures("temporary")
def test_a_place_of_another_user_is_refused() -> None:
    os.chown(socket_directory.choose(DEEP, "redis.sock"), 1, 1)
    with pytest.raises(PermissionError):
        socket_directory.choose(DEEP, "redis.sock")
