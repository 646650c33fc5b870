"""Draw the icons of the app as one file: `python deploy/make_icons.py`.

Each is a symbol named as its file in web/static/vendor/lucide, and pages draw it with `<use>`. Those
of the states of monitors are drawn once more, one below the other, for styles that use them as masks.
"""
# ruff: noqa: INP001 - a program of its own

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "web/static/vendor/lucide"
SPRITE = ROOT / "web/static/icons.svg"
STATES = ROOT / "web/static/states.svg"
_SIZE = 24
_OF_STATES = (
    "circle-check",
    "octagon-alert",
    "triangle-alert",
    "circle-question-mark",
    "wrench",
    "circle-pause",
    "hourglass",
)
_MADE = "<!-- Lucide, ISC licence: vendor/lucide/LICENSE. Made by deploy/make_icons.py. -->\n"


def sprite() -> str:
    """Return all icons, without what each file repeats: the page's CSS says how lines look."""
    symbols = [_symbol(file) for file in sorted(SOURCES.glob("*.svg"))]
    lines = "\n".join(symbols)
    return f'{_MADE}<svg xmlns="http://www.w3.org/2000/svg">\n{lines}\n</svg>\n'


def states() -> str:
    """Return the icons of states in a column, the most common first.

    The octagon is filled, and its sign is cut out of it.
    """
    parts = [_in_column(name, place * _SIZE) for place, name in enumerate(_OF_STATES)]
    high = _SIZE * len(parts)
    lines = "\n".join(parts)
    return (
        f'{_MADE}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {high}" fill="none"'
        f' stroke="#000" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">\n{lines}\n</svg>\n'
    )


def _in_column(name: str, top: int) -> str:
    outline, *sign = _shapes(SOURCES / f"{name}.svg")
    shapes = outline + "".join(sign)
    if name == "octagon-alert":
        cut = (
            f'<mask id="sign"><path fill="#fff" d="M0 0h{_SIZE}v{_SIZE}H0z"/>{"".join(sign)}</mask>'
        )
        shapes = f'{cut}<g fill="#000" mask="url(#sign)">{outline}</g>'
    return f'<g transform="translate(0 {top})">{shapes}</g>'


def _symbol(file: Path) -> str:
    shapes = "".join(_shapes(file))
    return f'<symbol id="{file.stem}" viewBox="0 0 24 24">{shapes}</symbol>'


def _shapes(file: Path) -> list[str]:
    """Return the outline first, which Lucide writes last, so that it can be filled below its sign."""
    found = re.search(r"<svg[^>]*>(.*)</svg>", file.read_text(), re.DOTALL)
    if found is None:
        raise ValueError(f"{file.name} is no SVG")
    return [each.replace(" />", "/>") for each in reversed(re.findall(r"<\w[^>]*/>", found[1]))]


if __name__ == "__main__":
    SPRITE.write_text(sprite())
    STATES.write_text(states())
