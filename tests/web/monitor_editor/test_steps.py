"""Steps of a multistep monitor in its form: added, moved, removed and refused, without a script."""

from typing import Any

from tests.api.client import body_of
from tests.web.reader import Reader, Seen

PATH = "/monitors/new/multistep"
STEPS = "settings.steps"


def press(ada: Reader, page: Seen, button: str, value: str, **fields: Any) -> Seen:  # noqa: ANN401 - what is typed
    return ada.fill(page, PATH, **{button: value, **fields})


def typed(page: Seen, field: str) -> list[str]:
    """Return what is in a field of each step."""
    form = page.form(PATH)
    return [
        (form.get(f"{STEPS}.{number}.{field}") or [""])[0]
        for number in range(len(form.get(f"{STEPS}_row", [])))
    ]


def test_steps_are_added_moved_and_removed_with_their_lists(ada: Reader) -> None:
    page = ada.get(PATH)
    assert typed(page, "method") == ["GET"]
    page = press(ada, page, "more", STEPS, **{f"{STEPS}.0.name": "one"})
    page = press(ada, page, "more", STEPS, **{f"{STEPS}.1.name": "two"})
    extractions = f"{STEPS}.1.extractions"
    page = press(ada, page, "more", extractions, **{f"{extractions}_new": "header"})
    page = press(
        ada,
        page,
        "rise",
        f"{STEPS}.1",
        **{f"{extractions}.0.name": "item", f"{extractions}.0.header": "Location"},
    )
    assert typed(page, "name") == ["two", "one", ""]
    assert typed(page, "extractions.0.name") == ["item", "", ""]
    page = press(ada, page, "sink", f"{STEPS}.0")
    page = press(ada, page, "drop", f"{STEPS}.2")
    assert typed(page, "name") == ["one", "two"]
    assert typed(page, "extractions.0.header") == ["", "Location"]
    page = press(ada, page, "drop", f"{extractions}.0")
    assert typed(page, "extractions.0.name") == ["", ""]
    assert typed(page, "expected_status") == ["200-299"] * 2
    assert typed(page, "follow_redirects") == ["1"] * 2


def test_a_new_step_has_the_usual_values(ada: Reader) -> None:
    page = press(ada, ada.get(PATH), "more", STEPS)
    name = {"name": "Shop", "url": "https://shop.example.com/"}
    ada.fill(page, PATH, **name)
    (monitor,) = body_of(ada.api.get("monitors"))["items"]
    first, second = monitor["settings"]["steps"]
    assert first == second
    assert (first["expected_status"], first["send_credentials"]) == (["200-299"], True)


def test_a_refusal_is_at_the_field_of_its_step(ada: Reader) -> None:
    page = press(ada, ada.get(PATH), "more", STEPS)
    name = {"name": "Shop", "url": "https://shop.example.com/"}
    seen = ada.fill(page, PATH, **name, **{f"{STEPS}.1.url": "/items/{{id}}"})
    assert seen.status == 422
    assert [str(each["href"]) for each in seen.select(".errors a")] == [f"#f-{STEPS}.1.url"]
    assert seen.errors == ["Step 2, Address: No earlier step extracts the value id."]
    opened = [each.get("id") for each in seen.select("details.fold[open]")]
    assert f"f-{STEPS}.1" in opened


def test_what_was_saved_is_shown_and_stays_when_it_is_saved_again(ada: Reader) -> None:
    steps = [
        {
            "name": "log in",
            "method": "POST",
            "url": "/session",
            "body_type": "form",
            "body": "user=ada",
            "headers": {"X-Tenant": "7"},
            "extractions": [
                {"type": "regex", "name": "csrf", "pattern": 'value="([^"]+)"', "secret": True}
            ],
        },
        {
            "url": "/items?csrf={{csrf}}",
            "send_credentials": False,
            "assertions": [{"type": "json_path", "path": "$.a", "value": 5}],
        },
    ]
    made = ada.api.make(
        "monitors",
        name="Shop",
        kind="multistep",
        url="https://shop.example.com/",
        settings={"steps": steps},
    )
    path = f"/monitors/{made['id']}/edit"
    ada.fill(ada.get(path), path)
    after = body_of(ada.api.get(f"monitors/{made['id']}"))
    assert after["settings"] == made["settings"]
