"""What nobody can choose by hand is refused before anything is looked up."""

from typing import Any
from uuid import uuid4

import pytest

from tests.web.reader import Reader


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("contact_group_ids", [str(uuid4()) for _ in range(51)]),
        ("credential_ids", [str(uuid4()) for _ in range(5)]),
        ("parent_ids", [str(uuid4()) for _ in range(11)]),
        ("tags", "\n".join(f"tag{number}" for number in range(21))),
    ],
)
def test_a_list_that_is_too_long_is_refused_at_its_field(
    ada: Reader,
    name: str,
    values: Any,  # noqa: ANN401 - a text or several
) -> None:
    path = "/monitors/new/http"
    page = ada.get(path)
    seen = ada.fill(page, path, name="Shop", url="https://example.com/", **{name: values})
    assert seen.status == 422
    assert [str(each["href"]) for each in seen.select(".errors a")] == [f"#f-{name}"]
