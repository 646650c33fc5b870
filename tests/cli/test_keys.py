"""`downtime keys`."""

import stat
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cli.main import main
from config.settings import load
from models import DataKey
from security.messages.keys import MessageKeys, Sender
from security.vault import KeyRing
from tests.factories.credentials import credential
from tests.factories.keys import K1, K2
from tests.factories.organizations import organization


@pytest.fixture
def wrapped_by_k1(committed: Engine) -> Engine:
    """Give a database with a credential whose data key is wrapped by the key k1."""
    with Session(committed) as session, session.begin():
        credential(session, organization(session).id, now=datetime.now(UTC))
    return committed


def rewrap(keys: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command as a process with these keys would."""
    monkeypatch.setenv("DOWNTIME_KEYS", keys)
    load.cache_clear()
    try:
        return main(["keys", "rewrap"])
    finally:
        monkeypatch.undo()
        load.cache_clear()


def wrapped_by(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(DataKey.wrapped_by)))


def test_it_prints_a_private_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys"]) == 0
    load_pem_private_key(capsys.readouterr().out.encode(), password=None)


def test_it_writes_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    assert main(["keys", "--output", str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    load_pem_private_key(path.read_bytes(), password=None)


def test_it_never_overwrites_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "key.pem"
    path.write_text("in use")
    assert main(["keys", "--output", str(path)]) == 1
    assert path.read_text() == "in use"
    assert "File exists" in capsys.readouterr().err


def test_a_place_that_does_not_exist_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", "--output", str(tmp_path / "no" / "key.pem")]) == 1
    assert "No such file or directory" in capsys.readouterr().err


def test_it_prints_a_key_for_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "encryption"]) == 0
    KeyRing.parse(capsys.readouterr().out)


def test_it_writes_a_key_for_credentials(tmp_path: Path) -> None:
    path = tmp_path / "encryption-keys"
    assert main(["keys", "encryption", "--output", str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    KeyRing.parse(path.read_text())


def test_the_keys_of_a_component_are_made_from_the_master_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["keys", "messages"]) == 0
    master = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", StringIO(master))
    assert main(["keys", "messages", "--for", "checks", "--region", "north"]) == 0
    ring = MessageKeys.parse(capsys.readouterr().out)
    assert ring.reads("q.checks.north")
    assert ring.sender("checks.check") is None
    dispatch = Sender(master.partition(":")[0], "dispatch")
    made = MessageKeys.parse(master).key(dispatch, "q.checks.north")
    assert ring.key(dispatch, "q.checks.north") == made


@pytest.mark.parametrize("given", ["", "nonsense", "m1/beat:" + "A" * 43 + "="])
def test_without_a_master_key_no_other_is_made(
    given: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(given))
    assert main(["keys", "messages", "--for", "beat"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "m1:…" in captured.err


def test_a_rotation_wraps_by_the_first_key(
    wrapped_by_k1: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rewrap(f"{K2},{K1}", monkeypatch) == 0
    assert wrapped_by(wrapped_by_k1) == ["k2"]
    assert capsys.readouterr().out.startswith("1 data keys were rewrapped")


@pytest.mark.parametrize(("keys", "said"), [(K2, "lacks the key k1"), ("", "contains no key")])
def test_a_rotation_that_cannot_be_changes_nothing(
    wrapped_by_k1: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    keys: str,
    said: str,
) -> None:
    assert rewrap(keys, monkeypatch) == 1
    assert wrapped_by(wrapped_by_k1) == ["k1"]
    assert said in capsys.readouterr().err
