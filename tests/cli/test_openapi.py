"""`downtime openapi`."""

import json
from pathlib import Path

import pytest

from cli.main import main

ROOT = Path(__file__).resolve().parent.parent.parent


def test_it_prints_the_document_that_is_kept_with_the_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["openapi"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["openapi"].startswith("3.")
    assert printed == (ROOT / "docs" / "reference" / "openapi.json").read_text()
