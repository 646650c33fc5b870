"""Draw the icons of the app as one file: `python deploy/make_icons.py`.

Each is a symbol named as its file in web/static/vendor/lucide, and pages draw it with `<use>`.
"""
# ruff: noqa: INP001 - a program of its own

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "web/static/vendor/lucide"
SPRITE = ROOT / "web/static/icons.svg"


def sprite() -> str:
    """Return all icons, without what each file repeats: the page's CSS says how lines look."""
    symbols = [_symbol(file) for file in sorted(SOURCES.glob("*.svg"))]
    lines = "\n".join(symbols)
    return (
        "<!-- Lucide, ISC licence: vendor/lucide/LICENSE. Made by deploy/make_icons.py. -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg">\n{lines}\n</svg>\n'
    )


def _symbol(file: Path) -> str:
    """Draw the outline first, which Lucide writes last, so that it can be filled below its sign."""
    found = re.search(r"<svg[^>]*>(.*)</svg>", file.read_text(), re.DOTALL)
    if found is None:
        raise ValueError(f"{file.name} is no SVG")
    shapes = "".join(reversed(re.findall(r"<\w[^>]*/>", found[1]))).replace(" />", "/>")
    return f'<symbol id="{file.stem}" viewBox="0 0 24 24">{shapes}</symbol>'


if __name__ == "__main__":
    SPRITE.write_text(sprite())
