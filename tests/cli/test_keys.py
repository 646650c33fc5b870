"""`downtime keys`."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cli.main import main


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
