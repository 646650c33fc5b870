"""What others wrote is here as they published it."""

import json
import re
from base64 import b64encode
from hashlib import sha512
from runpy import run_path

from tests.conftest import ROOT

VENDOR = ROOT / "web/static/vendor"
SPRITE = ROOT / "web/static/icons.svg"
LISTED = json.loads((VENDOR / "files.json").read_text())
OURS = {"package.json", "package-lock.json", "files.json"}
AXE = ROOT / "tests/web/vendor"


def _integrity(content: bytes) -> str:
    return "sha512-" + b64encode(sha512(content).digest()).decode()


def test_every_file_of_a_package_is_the_one_that_was_published() -> None:
    changed = [
        each["file"]
        for each in LISTED
        if _integrity((ROOT / each["file"]).read_bytes()) != each["sha512"]
    ]
    assert changed == []


def test_every_package_is_the_one_of_the_lock() -> None:
    packages = json.loads((VENDOR / "package-lock.json").read_text())["packages"]
    other = [
        each["package"]
        for each in LISTED
        if packages[f"node_modules/{each['package']}"]["version"] != each["version"]
        or packages[f"node_modules/{each['package']}"]["integrity"] != each["tarball"]
    ]
    assert other == []


def test_every_vendored_file_is_listed_and_every_package_has_its_licence() -> None:
    found = {
        str(file.relative_to(ROOT))
        for folder in (VENDOR, AXE)
        for file in folder.rglob("*")
        if file.is_file() and file.name not in OURS
    }
    assert found == {each["file"] for each in LISTED}
    licensed = {each["package"] for each in LISTED if each["from"] == "LICENSE"}
    assert licensed == {each["package"] for each in LISTED}


def test_the_icons_are_drawn_from_what_was_published() -> None:
    made = run_path(str(ROOT / "deploy/make_icons.py"))
    assert SPRITE.read_text() == made["sprite"]()
    assert made["STATES"].read_text() == made["states"]()


def test_every_icon_that_a_template_names_is_there() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))
    named = {
        name
        for file in (ROOT / "web/templates").rglob("*.html")
        for name in re.findall(r'(?:icon\(|symbol=)"([a-z0-9-]+)"', file.read_text())
    }
    assert named - drawn == set()
