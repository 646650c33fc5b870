"""`downtime keys list`, `rotate` and `revoke`: the keys of a running system."""

import pytest
from sqlalchemy import Engine

from cli.main import main


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_keys_are_listed_rotated_and_revoked(
    committed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    del committed
    assert main(["keys", "list"]) == 0
    (only,) = said(capsys)
    assert only.endswith("from the settings is the only key.")
    assert main(["keys", "rotate"]) == 0
    assert "starts to sign in 0:15:00" in said(capsys)[0]
    main(["keys", "list"])
    states = [line.split()[1] for line in said(capsys)]
    assert states == ["active", "pending"]
    assert main(["keys", "revoke", "--kid", only.split()[0]]) == 0
    capsys.readouterr()
    main(["keys", "list"])
    assert sorted(line.split()[1] for line in said(capsys)) == ["active", "pending", "revoked"]


def test_an_unknown_key_is_not_revoked(
    committed: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    del committed
    assert main(["keys", "revoke", "--kid", "another"]) == 1
    assert "no such signing key" in capsys.readouterr().err
