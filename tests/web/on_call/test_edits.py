"""The buttons that change a list within a form."""

import pytest
from werkzeug.datastructures import MultiDict

from web.on_call import edits, policy_draft, schedule_draft
from web.on_call.edits import Edit
from web.on_call.policy_draft import PolicyDraft


@pytest.mark.parametrize(
    ("verb", "position", "left"),
    [
        ("up", 1, ["b", "a", "c"]),
        ("up", 0, ["a", "b", "c"]),
        ("down", 1, ["a", "c", "b"]),
        ("down", 2, ["a", "b", "c"]),
        ("remove", 0, ["b", "c"]),
        ("remove", 9, ["a", "b", "c"]),
    ],
)
def test_an_item_is_moved_or_removed(verb: str, position: int, left: list[str]) -> None:
    items = ["a", "b", "c"]
    edits.apply(Edit(verb, ("steps", str(position))), items)
    assert items == left


@pytest.mark.parametrize("text", ["", "add", "add:", "drop:steps", ":steps"])
def test_what_is_no_edit_saves(text: str) -> None:
    assert edits.wanted(MultiDict({"edit": text})) is None


@pytest.mark.parametrize(
    "path",
    [
        "steps.x",
        "steps.0.targets.-1",
        "steps.99",
        "x",
        "steps.0.targets",
        "fallback.x",
        "....",
        "steps.¹",
        "steps.99999",
    ],
)
@pytest.mark.parametrize("verb", ["add", "remove", "up", "down"])
def test_a_forged_edit_changes_nothing(verb: str, path: str) -> None:
    form = MultiDict({"steps.0.wait_minutes": "5", "edit": f"{verb}:{path}"})
    edit = edits.wanted(form)
    assert edit is not None
    before = policy_draft.typed(form)
    assert policy_draft.typed(form).edited(edit) == before
    layers = MultiDict({"layers.0.local_start": ""})
    schedule = schedule_draft.typed(layers)
    assert schedule.edited(edit, today="") == schedule_draft.typed(layers)


def test_steps_are_at_most_ten() -> None:
    draft = PolicyDraft()
    for _ in range(20):
        draft.edited(Edit("add", ("steps",)))
    assert len(draft.steps) == 10


def test_positions_are_those_that_the_form_has() -> None:
    form = MultiDict(
        [(f"layers.{index}.local_start", "") for index in (2, 0, 11)]
        + [("layers.1.other", ""), ("layers.x.local_start", ""), ("x.layers.3.local_start", "")]
    )
    assert edits.positions(form, "layers", "local_start", most=5) == [0, 2, 11]


def test_a_forged_form_makes_no_more_than_can_be_refused() -> None:
    steps = [(f"steps.{index}.wait_minutes", "1") for index in range(900)]
    targets = [("steps.0.targets", f"contact/{index}") for index in range(900)]
    draft = policy_draft.typed(MultiDict(steps + targets))
    assert (len(draft.steps), len(draft.steps[0].targets)) == (11, 51)
    layers = [(f"layers.{index}.local_start", "") for index in range(900)]
    hours = [(f"layers.0.hours.{index}.from", "") for index in range(900)]
    people = [("layers.0.contact_ids", str(index)) for index in range(900)]
    schedule = schedule_draft.typed(MultiDict(layers + hours + people))
    first = schedule.layers[0]
    assert (len(schedule.layers), len(first.hours), len(first.contact_ids)) == (51, 11, 51)
