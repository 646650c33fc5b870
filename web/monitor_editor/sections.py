"""The parts of the form of a monitor, in the order of the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from web.forms import Form
from web.model_forms import names, rows, showing, summary
from web.model_forms.fields import Field, Shape
from web.model_forms.rows import Typed
from web.model_forms.showing import Input
from web.monitor_editor import fields
from web.monitor_editor.fields import SETTING
from web.monitor_editor.kinds import Kind
from web.monitor_editor.options import Options
from web.translations import gettext as _
from web.translations import marked, ngettext

_ASSERTIONS = "assertions"
_PLAINTEXT = "allow_plaintext_credentials"
_FEW = 6
"""A part with as few fields need not be folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Fields that belong together: those of any monitor, then settings of the kind."""

    name: str
    legend: str
    fields: tuple[Field, ...] = ()
    settings: tuple[Field, ...] = ()
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """All parts of a form."""

    parts: Sequence[Part]

    @property
    def fields(self) -> Iterable[Field]:
        return [each for part in self.parts for each in part.fields]

    @property
    def settings(self) -> Iterable[Field]:
        return [each for part in self.parts for each in part.settings]

    def settled(self, typed: Typed) -> Typed:
        """Return what was typed with its rows as the buttons of lists want them."""
        return rows.settled(self.settings, typed, SETTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part as it is shown. `says` is what it holds, and `is_folded` whether it can be folded."""

    name: str
    legend: str
    says: str
    inputs: Sequence[Input]
    is_open: bool
    is_folded: bool = field(default=True)


def layout(kind: Kind, options: Options, *, is_new: bool) -> Layout:
    """Return the parts of the form for a kind."""
    settings = fields.settings(kind.name)
    plain = [each for each in settings if each.name not in {_ASSERTIONS, _PLAINTEXT}]
    basics = (
        *fields.basics(kind),
        *fields.project(options.projects),
        *((fields.PAUSED,) if is_new else ()),
    )
    parts = [
        Part(name="basics", legend=marked("Basics"), fields=basics, is_first=True),
        Part(name="checked", legend=_legend_of_settings(kind), settings=tuple(plain)),
        Part(name="assertions", legend=marked("Assertions"), settings=_of(settings, _ASSERTIONS)),
    ]
    if options.credentials is not None:
        parts.append(
            Part(
                name="authorization",
                legend=marked("Authorization"),
                fields=fields.credentials(options.credentials),
                settings=_of(settings, _PLAINTEXT),
            )
        )
    parts.append(
        Part(name="judgement", legend=marked("When it is down"), fields=fields.judgement(kind))
    )
    parts.append(
        Part(
            name="notifications",
            legend=marked("Notifications"),
            fields=fields.notifications(options),
        )
    )
    if kind.has_address and len(options.regions) > 1:
        parts.append(Part(name="regions", legend=marked("Regions"), fields=fields.regions(options)))
    parts.append(
        Part(name="parents", legend=marked("Parents"), fields=fields.parents(options.parents))
    )
    return Layout([each for each in parts if each.fields or each.settings])


def _legend_of_settings(kind: Kind) -> str:
    return marked("What is checked") if kind.has_address else marked("When pings are expected")


def shown(form_layout: Layout, form: Form, present: Mapping[str, Any]) -> list[Section]:
    """Return the sections with what was typed, or else with current values."""
    return [_section(part, form, present) for part in form_layout.parts]


def errors(sections: Iterable[Section], form: Form) -> list[dict[str, str]]:
    """Return what the summary of the form says."""
    return summary.errors([each for section in sections for each in section.inputs], form)


def _section(part: Part, form: Form, present: Mapping[str, Any]) -> Section:
    inputs = [
        *showing.inputs(part.fields, form, present),
        *showing.inputs(part.settings, form, present.get("settings", {}), SETTING),
    ]
    return Section(
        name=part.name,
        legend=_(part.legend),
        says=_says(inputs),
        inputs=inputs,
        is_open=_needs_eyes(inputs, form) or (part.name == "checked" and len(inputs) <= _FEW),
        is_folded=not part.is_first,
    )


def _needs_eyes(inputs: Iterable[Input], form: Form) -> bool:
    """Return whether something is wrong here, or a button here was just pressed."""
    pressed = next((form.typed[each] for each in names.BUTTONS if form.typed.get(each)), "")
    return any(
        each.needs_eyes
        or (pressed and (pressed == each.path or pressed.startswith(f"{each.path}.")))
        for each in inputs
    )


def _says(inputs: Sequence[Input]) -> str:
    """Return what a part holds, so that it need not be opened to know."""
    counts = {
        "contact_group_ids": lambda n: ngettext("%(n)s group", "%(n)s groups", n),
        "credential_ids": lambda n: ngettext("%(n)s credential", "%(n)s credentials", n),
        "regions": lambda n: ngettext("%(n)s region", "%(n)s regions", n),
        f"{SETTING}{_ASSERTIONS}": lambda n: ngettext("%(n)s assertion", "%(n)s assertions", n),
        "parent_ids": lambda n: ngettext("%(n)s parent", "%(n)s parents", n),
    }
    for each in inputs:
        if each.path in counts:
            number = _number(each)
            return counts[each.path](number) % {"n": number} if number else ""
    return ""


def _number(given: Input) -> int:
    if given.shape == Shape.ROWS:
        return len(given.rows)
    if given.shape == Shape.LINES:
        return len([line for line in given.value.splitlines() if line.strip()])
    return len([each for each in given.value if each])


def _of(settings: Iterable[Field], name: str) -> tuple[Field, ...]:
    return tuple(each for each in settings if each.name == name)
