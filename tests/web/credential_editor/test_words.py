"""Every field of every scheme has a name for people."""

import pytest

from probes.auth.registry import SCHEMES
from web.credential_editor.words import WORDS
from web.model_forms import deriving
from web.words import scheme as label


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_field_of_a_scheme_has_a_label(scheme: str) -> None:
    fields = deriving.fields_of(SCHEMES[scheme].settings, scheme, WORDS)
    assert scheme in label
    assert all(each.label for each in fields)
    assert all(inner.label for each in fields for row in each.rows.values() for inner in row)
