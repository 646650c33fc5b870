"""Secrets do not show in what a site sent back, however they are written."""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from pydantic import SecretStr

from probes import masking
from probes.auth.base import Credential, SchemeSettings
from probes.masking import (
    Secrets,
    cut_off,
    masked,
    masked_headers,
    secrets_of,
    without,
    without_in_sentence,
    without_query,
)

SECRET = 'pa ss/"w0rd+ü'


class Settings(SchemeSettings):
    user: str = "ada"
    password: SecretStr = SecretStr(SECRET)
    more: list[dict[str, SecretStr]] = [{"value": SecretStr("nested-secret")}]  # noqa: RUF012 - a default of pydantic


def credential(**memory: object) -> Credential:
    return Credential(id=1, version=1, scheme="test", settings=Settings(), memory=memory)


def test_secrets_are_the_secret_fields_however_deep_and_what_a_scheme_remembers() -> None:
    remembered = {"tokens": [{"access": "token-of-today"}], "type": "Bearer"}
    assert set(secrets_of([credential(**remembered)])) == {
        SECRET,
        "nested-secret",
        "token-of-today",
    }


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"ada:{SECRET}".encode()).decode(),
        base64.urlsafe_b64encode(f"ada:{SECRET}".encode()).decode().rstrip("="),
    ],
)
def test_a_secret_of_the_credential_is_masked_in_every_spelling(written: str) -> None:
    text = f"You sent <{written}>, hello"
    assert without(text, [SECRET]) == "You sent <•••>, hello"
    assert "hello" in masked(text, [SECRET])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"access_token": "abc", "ok": 1}', '{"access_token": "•••", "ok": 1}'),
        ('{"password":"a\\"b","x":"y"}', '{"password":"•••","x":"y"}'),
        ("api_key=12ab&x=1", "api_key=•••&x=1"),
        ("<input name='csrf' value='v'>", "<input name='csrf' value='v'>"),
        ("Authorization: Bearer abc.def", "Authorization: •••"),
        ('{"Authorization": "Bearer abc", "x": 1}', '{"Authorization": "•••", "x": 1}'),
        ("Cookie: a=b; c=d", "Cookie: •••"),
        ("got Bearer abc123XYZ~+/= today", "got Bearer ••• today"),
        ("Basic YWRhOnB3ZA== refused", "Basic ••• refused"),
        ('Digest username="u", response="0a"', "Digest •••"),
        ("eyJhbGciOi.eyJzdWIi.c2lnbg", "•••"),
        ('{"session": null, "token": false}', '{"session": null, "token": false}'),
        ("The token is missing", "The token is missing"),
        ("Basic information about us", "Basic information about us"),
    ],
)
def test_what_looks_like_authorization_is_masked_and_other_words_stay(
    text: str, expected: str
) -> None:
    assert masked(text, []) == expected


def test_headers_with_telling_names_are_masked_whole() -> None:
    headers = [
        ("Set-Cookie", "a=b"),
        ("X-Api-Key", "k"),
        ("X-Auth-Token", "t"),
        ("Content-Type", "text/html"),
        ("X-Echo", f"was {SECRET}"),
    ]
    assert list(masked_headers(headers, [SECRET], most=5)) == [
        ("Set-Cookie", "•••"),
        ("X-Api-Key", "•••"),
        ("X-Auth-Token", "•••"),
        ("Content-Type", "text/html"),
        ("X-Echo", "was •••"),
    ]


def test_only_the_first_headers_are_masked_as_they_are_asked_for() -> None:
    def many() -> Iterator[tuple[str, str]]:
        for number in range(9000):
            assert number < 4
            yield "X-A", SECRET

    assert list(masked_headers(many(), [SECRET], most=3)) == [("X-A", "•••")] * 3


def test_a_long_value_is_masked_at_its_beginning_and_leaves_none_of_a_secret() -> None:
    value = "x " * 2044 + SECRET + "y" * 100
    ((_, shown),) = masked_headers([("X-A", value)], [SECRET], most=1)
    assert shown == "x " * 2044 + "…"


def test_the_beginning_of_a_secret_at_a_cut_is_dropped() -> None:
    assert cut_off("it was nested-sec", ["nested-secret"]) == "it was "
    assert cut_off("it was bmVzdGVkLXNlY3", ["nested-secret"]) == "it was "
    assert cut_off("it was fine", ["nested-secret"]) == "it was fine"
    assert cut_off("it was aaaa", ["aaaaab"]) == "it was "
    assert cut_off("it was abcab", ["abcabcd", "x"]) == "it was "
    assert cut_off("ab", ["abc"]) == "ab"


@pytest.mark.parametrize("length", range(3, 13))
def test_so_is_a_beginning_of_any_length(length: int) -> None:
    assert cut_off("it was " + "nested-secret"[:length], ["nested-secret"]) == "it was "


@pytest.mark.abuse(104)
def test_secrets_of_a_user_and_answers_of_the_site_do_not_multiply() -> None:
    secrets = Secrets(f"{number:02}{'a' * 900}" for number in range(80))
    tried = 0

    class Text(str):
        __slots__ = ()

        def endswith(self, *args: Any) -> bool:  # noqa: ANN401 - as the built-in has it
            nonlocal tried
            tried += 1
            return super().endswith(*args)

    assert cut_off(Text("a" * 4000), secrets) == ""
    assert tried == 2000


@pytest.mark.abuse(104)
def test_each_secret_is_spelled_once_for_all_that_a_check_shows() -> None:
    secrets = Secrets([SECRET])
    assert secrets.spellings is secrets.spellings
    list(masked_headers([("X-A", "a")] * 5, secrets, most=5))
    assert len(secrets.spellings) == len(set(secrets.spellings)) <= 18


@pytest.mark.abuse(104)
def test_secrets_that_no_run_of_base64_says_are_not_looked_for_in_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []

    def note(run: str, hidden: Sequence[str]) -> str:
        looked.append(len(hidden))
        return run

    monkeypatch.setattr(masking, "_unless_hiding", note)
    secrets = Secrets(f"secret-number-{number}" for number in range(1000))
    run = base64.b64encode(b"secret-number-7 is here").decode()
    without("bm90aGluZyB0byBzZWU= " * 500, secrets)
    assert looked == []
    without(f"{'bm90aGluZyB0byBzZWU= ' * 500}{run}", secrets)
    assert looked == [1] * 501


@pytest.mark.abuse(104)
def test_with_more_secrets_than_can_be_looked_for_nothing_is_shown() -> None:
    many = Secrets("x" * 4000 + str(number) for number in range(40))
    assert without("anything", many) == masked("anything", many) == "•••"
    assert cut_off("anything", many) == ""
    assert without("", many) == ""


def test_an_address_is_shown_without_its_query() -> None:
    assert without_query("https://a.example/b?token=c") == "https://a.example/b?•••"
    assert without_query("https://a.example/b") == "https://a.example/b"


@pytest.mark.parametrize("text", ["token" * 1000, "a" * 5000, 'token="' * 900, "Bearer " * 900])
def test_no_text_makes_it_take_long(text: str) -> None:
    assert masked(text, [SECRET, "nested-secret"]) is not None


@pytest.mark.abuse(104)
@pytest.mark.parametrize(
    "written",
    [
        "a&amp;b&lt;c&quot;d&apos;e/ü",
        "a&amp;b&lt;c&quot;d&#x27;e/ü",
        "a&amp;b&lt;c&#34;d&#39;e/ü",
        "a&amp;b&lt;c\"d'e/ü",
        "a&b<c\\\"d'e/ü",
        "a&b<c\\\"d'e\\/ü",
        "a%26b%3cc%22d%27e%2f%c3%bc",
        "a&b<c\"d'e/··",
    ],
)
def test_a_secret_is_masked_as_markup_php_and_quotations_escape_it(written: str) -> None:
    assert without(f"You sent {written}.", ["a&b<c\"d'e/ü"]) == "You sent •••."


@pytest.mark.abuse(104)
def test_a_quotation_that_cuts_a_secret_off_shows_none_of_it() -> None:
    secret = "k3y-" + "0123456789abcdef" * 8
    in_base64 = base64.b64encode(f"ada:{secret}".encode()).decode()
    for said in (secret[:60], f"Bearer {secret[:50]}", f"Basic {in_base64[:53]}", secret[:5]):
        sentence = f"Expected “x”, found “{said}…”."
        shown = without_in_sentence(sentence, [secret])
        assert "k3y" not in shown
        assert in_base64[:9] not in shown
        assert shown.startswith("Expected “x”, found “")
        assert shown.endswith("•••…”.")
    plain = "Expected “abcdefgh”, found “Something0therThanTheSecret…”."
    assert without_in_sentence(plain, [secret]) == plain
