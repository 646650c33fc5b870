"""The documents say what the code does."""

import re
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from config.limits import USUAL
from config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
LIMIT = re.compile(r"^\| `(\w+)` \| ([0-9,]+) \| (.*)\|$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, str]:
    """Give the default that the document tells of each setting."""
    table = (ROOT / "docs" / "settings.md").read_text().split("\n## ")[0]
    return {name: default for name, default, _ in ROW.findall(table)}


def default_in_words(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = (
        field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    )
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict) and value:
        return f"`{','.join(f'{name}={each}' for name, each in value.items())}`"
    return f"`{value}`" if value not in ("", (), {}) else "empty"


def test_every_setting_is_documented_with_its_default() -> None:
    settings = {
        str(field.validation_alias or f"DOWNTIME_{name}".upper()): default_in_words(field)
        for name, field in Settings.model_fields.items()
    }
    assert documented() == settings


def test_every_limit_is_documented_with_what_is_usual() -> None:
    table = (ROOT / "docs" / "limits.md").read_text().split("\n## ")[0]
    limits = {name: int(usual.replace(",", "")) for name, usual, _ in LIMIT.findall(table)}
    assert limits == dict(USUAL)


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z-]+):.* ## [A-Z]", makefile, re.MULTILINE))
    assert {"run", "test", "check", "bench", "chaos", "lock", "help"} <= targets
