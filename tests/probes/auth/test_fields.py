"""What every scheme has to be: strict, write-only in what it shows, and written down."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from probes.auth.base import Scheme, SchemeSettings
from probes.auth.registry import SCHEMES
from probes.registry import KINDS

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "authorization.md"
TESTS = Path(__file__).parent

each_scheme = pytest.mark.parametrize(("name", "scheme"), SCHEMES.items(), ids=list(SCHEMES))


@each_scheme
def test_a_scheme_takes_no_unknown_fields_and_is_not_empty(name: str, scheme: Scheme) -> None:
    assert issubclass(scheme.settings, SchemeSettings), name
    with pytest.raises(ValidationError, match="extra_forbidden"):
        scheme.settings.model_validate({"no_such_field": 1})
    assert scheme.settings.model_json_schema()["additionalProperties"] is False


def test_the_documentation_lists_the_schemes_of_each_kind() -> None:
    _, _, rest = DOCS.read_text().partition("| kind | schemes |")
    rows = [row.split("|")[1:3] for row in rest.partition("\n\n")[0].splitlines()[2:]]
    documented = {kind.strip(" `"): set(re.findall(r"`(\w+)`", named)) for kind, named in rows}
    assert documented == {name: set(kind.schemes) for name, kind in KINDS.items() if kind.schemes}


def test_every_scheme_is_known_and_serves_some_kind() -> None:
    assert set(SCHEMES) == {scheme for kind in KINDS.values() for scheme in kind.schemes}


@each_scheme
def test_a_scheme_has_a_row_in_the_documentation_and_tests(name: str, scheme: Scheme) -> None:
    assert scheme.settings.model_fields
    assert f"| `{name}` |" in DOCS.read_text()
    assert any(TESTS.rglob(f"test_{name}.py")) or (TESTS / name).is_dir()
