"""Copy the files of npm packages that browsers run into the repository, and say what they must be.

`python deploy/vendor_web.py` unpacks the packages that web/static/vendor/package-lock.json locks.
npm compares each with the lock; `files.json` then holds the sha512 of every file that was copied.
"""
# ruff: noqa: INP001 - a program of its own

import base64
import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "web/static/vendor"
LOCK = VENDOR / "package-lock.json"
FILES = VENDOR / "files.json"


def integrity(content: bytes) -> str:
    """Return the sha512 as npm and browsers write it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def copy() -> None:
    """Copy each file that `files.json` names anew, and write its version and hashes."""
    locked = json.loads(LOCK.read_text())["packages"]
    listed = json.loads(FILES.read_text())
    with tempfile.TemporaryDirectory() as folder:
        for each in ("package.json", "package-lock.json"):
            shutil.copy(VENDOR / each, folder)
        npm = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        subprocess.run(npm, cwd=folder, check=True)  # noqa: S603 - words of our own
        for each in listed:
            package = locked[f"node_modules/{each['package']}"]
            content = (Path(folder) / "node_modules" / each["package"] / each["from"]).read_bytes()
            (ROOT / each["file"]).write_bytes(content)
            each["version"] = package["version"]
            each["tarball"] = package["integrity"]
            each["sha512"] = integrity(content)
    FILES.write_text(json.dumps(listed, indent=2) + "\n")


if __name__ == "__main__":
    copy()
