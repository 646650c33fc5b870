"""The secrets of an embedded stack."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from devstack import keys
from security.messages.keys import MessageKeys
from security.vault import KeyRing


def test_a_secret_is_made_once_and_then_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "password"
    first = keys.keep(path, keys.new_password)
    assert keys.keep(path, keys.new_password) == first
    assert len(first) >= 20


def test_only_its_owner_may_read_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "password"
    keys.keep(path, keys.new_password)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_secret_in_use_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys.create(path, "old")
    with pytest.raises(FileExistsError):
        keys.create(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_of_a_secret_is_removed(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as ended:
        pass
    (tmp_path / f".password.{ended.pid}").write_text("half of")
    # What a process that lives is still at, and what is no draft.
    others = {f".password.{os.getppid()}", ".password.old"}
    for name in others:
        (tmp_path / name).write_text("mine")
    keys.keep(tmp_path / "password", lambda: "new")
    assert {path.name for path in tmp_path.iterdir()} == {"password"} | others


def test_the_signing_key_is_one_for_es256() -> None:
    key = load_pem_private_key(keys.new_signing_key().encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"


def test_an_encryption_key_is_a_ring_of_one() -> None:
    key = keys.new_encryption_key()
    assert KeyRing.parse(key).active == key.partition(":")[0]


def test_a_message_key_is_a_master_key_that_others_are_made_from() -> None:
    key = keys.new_message_key()
    assert repr(MessageKeys.parse(key)) == f"MessageKeys({key.partition(':')[0]})"
    assert MessageKeys.parse(key).ring_for("beat", region="default")


def test_no_two_keys_are_the_same() -> None:
    assert keys.new_encryption_key() != keys.new_encryption_key()
    assert keys.new_message_key() != keys.new_message_key()
    assert keys.new_signing_key() != keys.new_signing_key()
    assert keys.new_password() != keys.new_password()
