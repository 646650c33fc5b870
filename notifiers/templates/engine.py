"""Compiles a template once, and writes with it what an alert says.

A template is bounded in every direction: its source, the nodes that are gone through, what its
filters work on, what it writes. So this takes well below a second, without any clock being looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Template, TemplateSyntaxError

from domain.alerting.alert import Alert
from notifiers.one_line import one_line
from notifiers.templates.filters import FILTERS, LARGEST, METER, Unfit
from notifiers.templates.language import read
from notifiers.templates.sandbox import Sandbox
from notifiers.templates.values import SHAPE, values

LARGEST_SOURCE = 16 * 1024
"""The most bytes of a template."""

_MOST_STEPS = 100_000
_MOST_FILTERED = 2_000_000
"""The most characters that all filters of a message take and make together."""
_LONGEST_PROBLEM = 300


class TemplateError(Exception):
    """A template cannot be used; `problems` are sentences for who wrote it."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Compiled:
    template: Template
    size: int
    """How many nodes it has: what it costs to go through it once."""


@lru_cache(maxsize=128)
def compiled(sandbox: Sandbox, source: str) -> Compiled:
    """Read a template in the one language that there is; raises `TemplateError`."""
    if len(source.encode()) > LARGEST_SOURCE:
        raise TemplateError(f"May have at most {LARGEST_SOURCE} bytes.")
    try:
        return _compiled(sandbox, source)
    except TemplateSyntaxError as error:
        text = f"Line {error.lineno}: {error.message}"
        raise TemplateError(one_line(text)[:_LONGEST_PROBLEM]) from error
    except (RecursionError, MemoryError, SyntaxError) as error:
        raise TemplateError("This is nested too deeply.") from error
    except ValueError as error:
        # Python reads no number of so many digits.
        raise TemplateError("One of its numbers is too long.") from error


def written(template: Compiled, alert: Alert) -> str:
    """Return what comes out of it; raises `TemplateError`."""
    try:
        return "".join(_chunks(template, alert))
    except Unfit as error:
        raise TemplateError(str(error)) from error
    except Exception as error:
        # Such as a comparison of text with a number. Whatever it is, it must not cost the alert.
        raise TemplateError("One of its values has the wrong type for its place.") from error


def _compiled(sandbox: Sandbox, source: str) -> Compiled:
    tree = sandbox.parse(source)
    reading = read(tree, SHAPE, FILTERS)
    if reading.problems:
        raise TemplateError(*reading.problems)
    return Compiled(sandbox.from_string(tree), reading.seen)


def _chunks(template: Compiled, alert: Alert) -> Iterator[str]:
    steps = template.size
    room = LARGEST
    filtered = 0

    def step() -> None:
        # What a loop goes through once more is at most the whole template.
        nonlocal steps
        steps += template.size
        if steps > _MOST_STEPS:
            raise Unfit("Its loops take too long.")

    def meter(characters: int) -> None:
        nonlocal filtered
        filtered += characters
        if filtered > _MOST_FILTERED:
            raise Unfit("Its filters take too long.")

    given = {**values(alert, step), METER: meter}
    for chunk in template.template.generate(given):
        room -= len(chunk)
        if room < 0:
            raise Unfit(f"It produces more than {LARGEST} characters.")
        yield chunk
