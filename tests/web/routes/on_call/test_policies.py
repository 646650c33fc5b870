"""The editor of escalation policies, without scripts."""

from typing import Any

from tests.web.reader import Reader
from tests.web.routes.on_call.people import contact, policy

NEW = "/on-call/policies/new"


def test_an_empty_list_says_what_a_policy_does(ada: Reader) -> None:
    seen = ada.get("/on-call/policies")
    assert "No policy yet" in seen.text
    assert seen.link("New policy") == NEW


def test_a_policy_is_made_step_by_step(ada: Reader) -> None:
    ann, bob = contact(ada, "Ann"), contact(ada, "Bob")
    page = ada.fill(ada.get(NEW), NEW, name="Urgent", edit="add:steps")
    assert len(page.select(".step")) == 2
    chosen: dict[str, Any] = {
        "steps.0.targets.add": f"contact/{ann}",
        "steps.1.targets.add": f"contact/{bob}",
    }
    seen = ada.fill(page, NEW, **chosen)
    assert seen.title == "Urgent"
    assert "10 min later" in seen.text
    (shown,) = ada.api.read("escalation-policies")["items"]
    assert [step["wait_minutes"] for step in shown["steps"]] == [0, 10]
    assert [step["targets"][0]["id"] for step in shown["steps"]] == [ann, bob]


def test_buttons_move_and_remove_without_saving(ada: Reader) -> None:
    ann, bob = contact(ada, "Ann"), contact(ada, "Bob")
    path = f"/on-call/policies/{policy(ada, ('contact', ann), ('contact', bob))}/edit"
    page = ada.fill(ada.get(path), path, edit="down:steps.0")
    assert [each["value"] for each in page.select("input[name$=targets]")] == [
        f"contact/{bob}",
        f"contact/{ann}",
    ]
    page = ada.fill(page, path, edit="remove:steps.1")
    assert len(page.select(".step")) == 1
    page = ada.fill(page, path, edit="remove:steps.0.targets.0")
    assert page.select("input[name$=targets]") == []
    (stored,) = ada.api.read("escalation-policies")["items"]
    assert len(stored["steps"]) == 2


def test_a_refused_policy_says_where_and_keeps_what_was_typed(ada: Reader) -> None:
    seen = ada.fill(ada.get(NEW), NEW, name="Urgent", repeats="12")
    assert seen.status == 422
    assert seen.one("#f-name")["value"] == "Urgent"
    assert "Repetitions: Use a whole number from 0 to 9." in seen.errors
    assert "Step 1, whom to notify: Choose from 1 to 50 of these." in seen.errors


def test_a_name_that_is_taken_is_told_at_the_field(ada: Reader) -> None:
    ann = contact(ada)
    policy(ada, ("contact", ann))
    chosen: dict[str, Any] = {"steps.0.targets.add": f"contact/{ann}"}
    seen = ada.fill(ada.get(NEW), NEW, name="Urgent", **chosen)
    assert (seen.status, seen.one("#e-name").text) == (
        409,
        "There is already an escalation policy with this name.",
    )
    assert len(seen.select("input[name='steps.0.targets']")) == 1


def test_a_policy_in_use_is_not_deleted(ada: Reader) -> None:
    made = policy(ada, ("contact", contact(ada)))
    monitor = ada.api.make_monitor(escalation_policy_id=made)
    path = f"/on-call/policies/{made}/delete"
    assert ada.get(path).link("Shop") == f"/monitors/{monitor['id']}"
    assert ada.post(path).status == 409
    ada.api.patch(f"monitors/{monitor['id']}", {"escalation_policy_id": None})
    assert "The policy was deleted." in ada.post(path).text


def test_a_stranger_finds_nothing(ada: Reader, eve: Reader) -> None:
    own = f"/on-call/policies/{policy(ada, ('contact', contact(ada)))}"
    assert {eve.get(path).status for path in (own, f"{own}/edit", f"{own}/delete")} == {404}
    assert eve.post(f"{own}/delete").status == 404


def test_a_target_of_somebody_else_is_refused(ada: Reader, eve: Reader) -> None:
    chosen: dict[str, Any] = {"steps.0.targets.add": f"contact/{contact(eve)}"}
    seen = ada.fill(ada.get(NEW), NEW, name="Urgent", **chosen)
    assert seen.status == 422
    assert "Bob" not in seen.text


def test_a_change_of_somebody_else_is_not_replaced_unseen(ada: Reader) -> None:
    made = policy(ada, ("contact", contact(ada)))
    path = f"/on-call/policies/{made}/edit"
    page = ada.get(path)
    ada.api.patch(f"escalation-policies/{made}", {"repeats": 3})
    page = ada.fill(page, path, name="Mine", edit="add:steps")
    page = ada.fill(page, path, edit="remove:steps.1")
    refused = ada.fill(page, path)
    assert refused.status == 409
    assert "Somebody changed this after you opened it." in refused.text
    assert refused.one("#f-name")["value"] == "Mine"
    assert ada.fill(refused, path).title == "Mine"
