"""The documents say what the code does."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from config.limits import FEATURES, KINDS, USUAL
from config.plans import Plans
from config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
LIMIT = re.compile(r"^\| `(\w+)` \| ([0-9,]+) \| (.*)\|$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, str]:
    """Give the default that the document tells of each setting."""
    table = (ROOT / "docs" / "reference" / "settings.md").read_text().split("\n## ")[0]
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
    return f"`{value}`" if value not in ("", (), {}, Plans()) else "empty"


def test_every_setting_is_documented_with_its_default() -> None:
    settings = {
        str(field.validation_alias or f"DOWNTIME_{name}".upper()): default_in_words(field)
        for name, field in Settings.model_fields.items()
    }
    assert documented() == settings


def test_every_limit_is_documented_with_what_is_usual() -> None:
    table = (ROOT / "docs" / "reference" / "limits.md").read_text().split("\n## ")[0]
    limits = {name: int(usual.replace(",", "")) for name, usual, _ in LIMIT.findall(table)}
    assert limits == {name: usual for name, usual in USUAL.items() if name not in FEATURES}
    others = set(FEATURES) - {f"kind_{kind}" for kind in KINDS}
    assert set(re.findall(r"^\| `(\w+)` \| [^|]+ \|$", table, re.MULTILINE)) == others


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z-]+):.* ## [A-Z]", makefile, re.MULTILINE))
    assert {"run", "test", "check", "bench", "chaos", "lock", "help"} <= targets


PAGES = sorted(
    [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/README.md")]
    + [*(ROOT / "docs").rglob("*.md")]
)
WIDEST = 100
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
URL = re.compile(r"\]\([^)]*\)|https?://\S+")
CODE = "api|benchmarks|cli|config|deploy|devstack|domain|migrations|models|notifiers|probes|security|services|tasks|tests"
PATH = re.compile(rf"`((?:{CODE})/[\w/]+\.py)`")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """Return the text with its code blocks as empty lines, so that line numbers stay."""
    return FENCED.sub(lambda block: "\n" * block[0].count("\n"), page.read_text())


def anchors(page: Path) -> set[str]:
    """Return the fragments of its headings, as GitHub makes them."""
    titles = (re.sub(r"[`*]|\]\([^)]*\)", "", title) for title in HEADING.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def linked(page: Path) -> list[tuple[Path, str]]:
    """Return the files and fragments that a page links to; those of other sites are left out."""
    return [
        ((page.parent / target).resolve() if target else page, fragment)
        for target, fragment in LINK.findall(prose(page))
    ]


@each_page
def test_no_line_of_a_document_is_too_long(page: Path) -> None:
    lines = enumerate(prose(page).splitlines(), start=1)
    long = [n for n, line in lines if line[:1] != "|" and len(URL.sub("", line)) > WIDEST]
    assert long == []


@each_page
def test_every_link_of_a_document_leads_somewhere(page: Path) -> None:
    broken = [
        (str(target), fragment)
        for target, fragment in linked(page)
        if not target.exists() or (fragment and fragment not in anchors(target))
    ]
    assert broken == []


@each_page
def test_every_file_of_code_that_a_document_names_is_there(page: Path) -> None:
    """Where a page lists files of tests, it leaves out the folder `tests`."""
    named = PATH.findall(page.read_text())
    roots = (ROOT, ROOT / "tests")
    assert [path for path in named if not any((root / path).exists() for root in roots)] == []


def test_every_document_can_be_reached_from_the_index() -> None:
    reached, waiting = set[Path](), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        waiting += {
            target
            for target, _ in linked(page)
            if target.suffix == ".md" and target.exists() and target not in reached
        }
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []
