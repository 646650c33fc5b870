"""Finding a form on a page: what is a form, and that no page takes long to read."""

import time
from contextlib import suppress

import pytest

from probes.auth.login_form import LARGEST_PAGE, FormError, login_form, without_scripts

SIMPLE = "<form><input name=u><input type=password name=p></form>"


def test_hidden_and_checked_fields_are_kept_and_others_are_not() -> None:
    form = login_form(
        "<FORM ID=f NAME=g ACTION='/in?a&amp;b'><INPUT TYPE=hidden NAME=token VALUE='&lt;x&gt;'>"
        "<input type=text name=other><input type=email name=user value=old>"
        "<input type=password name=word><input type=text name=later>"
        "<input type=checkbox name=keep checked><input type=checkbox name=no>"
        "<input type=hidden name=off value=1 disabled><input type=submit name=go value=Go></FORM>",
        None,
    )
    assert form.fields == {"token": "<x>", "keep": "on"}
    assert (form.username_field, form.password_field) == ("user", "word")
    assert form.action == "/in?a&b"
    assert form.names == frozenset({"f", "g"})


def test_the_first_form_with_a_password_is_taken_or_the_one_that_is_named() -> None:
    search = "<form id=search><input name=q></form>"
    named = "<form name=second><input name=u2><input type=password name=p2></form>"
    assert login_form(search + SIMPLE + named, None).password_field == "p"
    assert login_form(search + SIMPLE + named, "second").password_field == "p2"
    with pytest.raises(FormError):
        login_form(search, None)


def test_scripts_styles_and_comments_are_cut_out() -> None:
    page = "a<!-- <form> -->b<SCRIPT>c</SCRIPT >d<style>e</style>f<textarea>g</textarea>h<!-- i"
    assert without_scripts(page) == "abdfh"
    assert without_scripts("İ<script>x</script>y") == "i̇y"


def test_what_is_outside_of_all_forms_is_left_out() -> None:
    page = f"<input name=stray>{SIMPLE}<p {'a ' * 30_000}><input type=hidden name=late>"
    assert login_form(page, None).fields == {}
    with pytest.raises(FormError, match="no form with a password field"):
        login_form("<p>İ" + "<input type=password name=p>", None)


@pytest.mark.abuse(28)
@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<b>" * 20_001 + SIMPLE, "has too many tags."),
        (f"<form><b {'a ' * 10_001}>{SIMPLE}", "has too many attributes in its forms."),
        ("<form>" + "<b a/b/c/'d'>" * 2500 + SIMPLE, "has too many attributes in its forms."),
    ],
)
def test_tags_and_attributes_are_counted_before_they_are_read(page: str, reason: str) -> None:
    with pytest.raises(FormError, match=reason):
        login_form(page, None)


def test_one_long_value_is_no_reason_to_refuse_a_form() -> None:
    value = "abcdefgh/+" * 6000
    form = login_form(
        SIMPLE.replace("<input", f"<input type=hidden name=v value='{value}'><input", 1), None
    )
    assert form.fields == {"v": value}


@pytest.mark.parametrize(
    "unit",
    [
        "<!--", "<!", "<![", "<!-", "<?", "</", "</a", "<a ", "<a b=", "<a b='", '<a "', "<script",
        "<script>", "<script></a", "<style></", "<textarea>", "<form ", "<input a=b ", "&#", "&a",
        "<input type=hidden name=a>", "<form>", "<a/", "a=", "'", '="', "<!DOCTYPE [",
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["", ">", "-->", SIMPLE])
def test_no_page_takes_long(unit: str, ending: str) -> None:
    page = (unit * (LARGEST_PAGE // len(unit)))[: LARGEST_PAGE - len(ending)] + ending
    started = time.process_time()
    with suppress(FormError):
        login_form(page, None)
    assert time.process_time() - started < 5
