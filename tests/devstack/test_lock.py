"""One stack over one directory."""

import os
from pathlib import Path

import pytest

from devstack.lock import HeldError, Lock


def test_a_second_stack_over_the_same_directory_is_refused_by_name(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    first.take()
    with pytest.raises(HeldError, match=rf"Process {os.getpid()} already runs"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_a_lock_file_that_was_left_behind_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("1")
    lock = Lock(tmp_path / "lock")
    lock.take()
    assert (tmp_path / "lock").read_text() == str(os.getpid())
    lock.release()


def test_releasing_what_is_not_held_changes_nothing(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    first.take()
    second.release()
    with pytest.raises(HeldError):
        second.take()
    first.release()
