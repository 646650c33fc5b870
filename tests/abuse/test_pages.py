"""What others wrote is text in every page: nothing in a template or in the API says otherwise."""

import re

import pytest

from tests.conftest import ROOT

_TEMPLATES = sorted((ROOT / "api" / "templates").iterdir())
_TRUSTS = re.compile(r"\|\s*safe\b|autoescape|Markup\(|render_template_string")


@pytest.mark.abuse(68)
def test_no_page_takes_what_it_shows_for_markup() -> None:
    # The names for which Flask escapes.
    assert {template.suffix for template in _TEMPLATES} == {".html"}
    sources = [*_TEMPLATES, *(ROOT / "api").rglob("*.py")]
    trusting = [each.name for each in sources if _TRUSTS.search(each.read_text(encoding="utf-8"))]
    assert trusting == []
