"""An escalation policy while it is edited: what was typed, and not yet what is right."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from services.escalation.limits import (
    LONGEST_WAIT,
    MOST_REPEATS,
    MOST_STEPS,
    MOST_TARGETS,
    SHORTEST_REMINDER,
)
from services.escalation.policies import PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import PolicyView, Step
from web.on_call import edits, target_choice
from web.on_call.edits import Edit
from web.translations import gettext as _
from web.typed.fields import Typed

_USUAL_WAIT = "10"


@dataclass(slots=True, kw_only=True)
class StepDraft:
    wait_minutes: str = _USUAL_WAIT
    targets: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class PolicyDraft:
    """The fields of the form as text. Targets are written as `target_choice` does."""

    name: str = ""
    project_id: str = ""
    repeats: str = "0"
    repeat_minutes: str = "30"
    reminder_minutes: str = ""
    steps: list[StepDraft] = field(default_factory=lambda: [StepDraft(wait_minutes="0")])
    fallback: list[str] = field(default_factory=list)

    @property
    def targets(self) -> list[PolicyTarget]:
        """All targets of the draft that can be read."""
        lists = [*(step.targets for step in self.steps), self.fallback]
        found = (target_choice.read(text) for texts in lists for text in texts)
        return [target for target in found if target is not None]

    def edited(self, edit: Edit) -> "PolicyDraft":
        """Carry out an edit, and return the draft."""
        if edit.of("steps", "*", "targets", "*"):
            self._edit_targets(edit)
        elif edit.of("fallback", "*"):
            edits.apply(edit, self.fallback)
        elif edit.verb == "add" and edit.path == ("steps",):
            if len(self.steps) < MOST_STEPS:
                self.steps.append(StepDraft())
        elif edit.of("steps", "*") and len(edit.path) == 2:  # noqa: PLR2004
            edits.apply(edit, self.steps)
        return self

    def _edit_targets(self, edit: Edit) -> None:
        index = int(edit.path[1])
        if index < len(self.steps):
            edits.apply(edit, self.steps[index].targets)


def of_view(view: PolicyView) -> PolicyDraft:
    """Return the draft of a stored policy."""
    policy = view.policy
    return PolicyDraft(
        name=policy.name,
        project_id=str(view.project_id or ""),
        repeats=str(policy.repeats),
        repeat_minutes=str(policy.repeat_minutes),
        reminder_minutes="" if policy.reminder_minutes is None else str(policy.reminder_minutes),
        steps=[
            StepDraft(
                wait_minutes=str(step.wait_minutes),
                targets=[target_choice.written(target) for target in step.targets],
            )
            for step in view.steps
        ],
        fallback=[target_choice.written(target) for target in view.fallback_targets],
    )


def typed(form: MultiDict[str, str]) -> PolicyDraft:
    """Return the draft that a form describes. A target chosen last needs no button."""
    return PolicyDraft(
        name=form.get("name", ""),
        project_id=form.get("project_id", ""),
        repeats=form.get("repeats", "0"),
        repeat_minutes=form.get("repeat_minutes", ""),
        reminder_minutes=form.get("reminder_minutes", ""),
        steps=[
            StepDraft(
                wait_minutes=form.get(f"steps.{index}.wait_minutes", ""),
                targets=_chosen(form, f"steps.{index}.targets"),
            )
            for index in edits.positions(form, "steps", "wait_minutes", most=MOST_STEPS)
        ],
        fallback=_chosen(form, "fallback_targets"),
    )


def values(draft: PolicyDraft) -> PolicyValues:
    """Return the policy for the service. Raise `Invalid` with every field that cannot be read."""
    read = Typed(MultiDict(_fields(draft)))
    if not 1 <= len(draft.steps) <= MOST_STEPS:
        read.fail("steps", _("Use from 1 to %(most)s steps.") % {"most": MOST_STEPS})
    found = PolicyValues(
        name=read.line("name"),
        project_id=read.uuid("project_id") if draft.project_id else None,
        repeats=read.whole("repeats", 0, MOST_REPEATS),
        repeat_minutes=read.whole("repeat_minutes", 1, LONGEST_WAIT),
        reminder_minutes=read.optional_whole("reminder_minutes", SHORTEST_REMINDER, LONGEST_WAIT),
        steps=[
            Step(
                wait_minutes=read.whole(f"steps.{index}.wait_minutes", 0, LONGEST_WAIT),
                targets=_targets(read, f"steps.{index}.targets", step.targets, least=1),
            )
            for index, step in enumerate(draft.steps)
        ],
        fallback_targets=_targets(read, "fallback_targets", draft.fallback, least=0),
    )
    read.refuse()
    return found


def labels(draft: PolicyDraft) -> dict[str, str]:
    """Return the labels of the fields by their names."""
    found = {
        "name": _("Name"),
        "project_id": _("Project"),
        "repeats": _("Repetitions"),
        "repeat_minutes": _("Minutes before a repetition"),
        "reminder_minutes": _("Minutes between reminders"),
        "steps": _("Steps"),
        "fallback_targets": _("If a step reaches nobody"),
    }
    for index in range(len(draft.steps)):
        number = {"number": index + 1}
        found[f"steps.{index}.wait_minutes"] = _("Step %(number)s, minutes") % number
        found[f"steps.{index}.targets"] = _("Step %(number)s, whom to notify") % number
    return found


def _chosen(form: MultiDict[str, str], name: str) -> list[str]:
    texts = [*form.getlist(name), form.get(f"{name}.add", "")]
    return list(dict.fromkeys(filter(None, texts)))[: MOST_TARGETS + 1]


def _fields(draft: PolicyDraft) -> Iterator[tuple[str, str]]:
    for name in ("name", "project_id", "repeats", "repeat_minutes", "reminder_minutes"):
        yield name, getattr(draft, name)
    for index, step in enumerate(draft.steps):
        yield f"steps.{index}.wait_minutes", step.wait_minutes


def _targets(read: Typed, name: str, texts: list[str], *, least: int) -> list[PolicyTarget]:
    found = [target_choice.read(text) for text in texts]
    if not least <= len(found) <= MOST_TARGETS or None in found:
        limits = {"least": least, "most": MOST_TARGETS}
        read.fail(name, _("Choose from %(least)s to %(most)s of these.") % limits)
    return [target for target in found if target is not None]
