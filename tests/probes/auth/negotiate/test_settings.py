"""The fields of `negotiate`, what libkrb5 is told of them, and keytabs of any kind."""

from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.negotiate import failures
from probes.auth.negotiate.keytab import principals
from probes.auth.negotiate.library import library, loaded
from probes.auth.negotiate.realm import configuration, service_principal
from probes.auth.negotiate.settings import NegotiateSettings
from probes.urls import parse_url
from tests.servers.kdc import kdc
from tests.servers.web_servers import open_directory

Fields = dict[str, Any]
FIELDS = {"principal": "monitor", "realm": "TEST.EXAMPLE", "kdcs": ["kdc.test.example"]}
PASSWORD = "canary password"
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def counted(text: str) -> bytes:
    return pack(">H", len(text.encode())) + text.encode()


def entry(realm: str, *components: str) -> bytes:
    names = b"".join(map(counted, (realm, *components)))
    rest = pack(">IIBH", 1, 0, 1, 18) + pack(">H", 4) + b"keys"
    whole = pack(">H", len(components)) + names + rest
    return pack(">i", len(whole)) + whole


def keytab(*entries: bytes) -> bytes:
    return b"\x05\x02" + b"".join(entries)


def settings(**changes: object) -> NegotiateSettings:
    return NegotiateSettings.model_validate({**FIELDS, **changes})


@given(st.lists(st.tuples(NAME, st.lists(NAME, min_size=1, max_size=3)), max_size=5))
def test_every_principal_of_a_keytab_is_found(wanted: list[tuple[str, list[str]]]) -> None:
    hole = pack(">i", -7) + bytes(7)
    written = keytab(hole, *(entry(realm, *names) for realm, names in wanted))
    assert principals(written) == {f"{'/'.join(names)}@{realm}" for realm, names in wanted}


@given(st.binary(max_size=200))
def test_whatever_is_no_keytab_is_refused_and_nothing_else_happens(data: bytes) -> None:
    for each in (data, b"\x05\x02" + data):
        with suppress(ValueError):
            assert isinstance(principals(each), frozenset)


def test_a_keytab_of_kerberos_itself_is_read() -> None:
    with open_directory() as directory, kdc(directory) as centre:
        centre.add("HTTP/site.example")
        written = centre.keytab("HTTP/site.example", "a.keytab").read_bytes()
    assert principals(written) == {"HTTP/site.example@TEST.EXAMPLE"}


def test_a_keytab_may_have_line_breaks() -> None:
    text = b64encode(keytab(entry("TEST.EXAMPLE", "monitor"))).decode()
    held = settings(keytab=f"{text[:20]}\r\n{text[20:]}\n")
    assert held.keytab_text == text
    assert held.full_name == "monitor@TEST.EXAMPLE"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "either a password or a keytab"),
        (
            {"password": "p", "keytab": b64encode(keytab()).decode()},
            "either a password or a keytab",
        ),
        ({"keytab": b64encode(keytab()).decode()}, "contains no key of monitor@TEST.EXAMPLE"),
        (
            {"keytab": b64encode(keytab(entry("OTHER.EXAMPLE", "monitor"))).decode()},
            "contains no key of monitor@TEST.EXAMPLE",
        ),
        ({"keytab": "?"}, "not in Base64"),
        ({"keytab": "AAAA"}, "not a keytab"),
        ({"password": PASSWORD, "principal": "monitor@TEST.EXAMPLE"}, "principal"),
        ({"password": PASSWORD, "principal": "a\nb"}, "principal"),
        ({"password": f"{PASSWORD}\n"}, "line breaks"),
        ({"password": PASSWORD, "realm": "A = {\n kdc = evil"}, "realm"),
        ({"password": PASSWORD, "realm": "A}"}, "realm"),
        ({"password": PASSWORD, "realm": "A\n"}, "realm"),
        ({"password": PASSWORD, "kdcs": []}, "kdcs"),
        ({"password": PASSWORD, "kdcs": ["a.example"] * 6}, "kdcs"),
        ({"password": PASSWORD, "kdcs": ["https://a.example/"]}, "kdcs"),
        ({"password": PASSWORD, "kdcs": ["a.example:0"]}, "between 1 and 65535"),
        ({"password": PASSWORD, "kdcs": ["user@a.example"]}, "kdcs"),
        ({"password": PASSWORD, "kdcs": ["a.example/x"]}, "must end after"),
        ({"password": PASSWORD, "spn": "HTTP/a@OTHER"}, "spn"),
        ({"password": PASSWORD, "spn": "a.example"}, "spn"),
    ],
)
def test_what_cannot_work_is_refused_in_words(changes: Fields, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        settings(**changes)
    assert PASSWORD not in str(caught.value)


def test_libkrb5_is_told_numeric_addresses_and_to_look_for_no_others() -> None:
    written = configuration("TEST.EXAMPLE", [("192.0.2.1", 88), ("2001:db8::1", 1088)])
    assert "  kdc = 192.0.2.1:88\n  kdc = [2001:db8::1]:1088\n" in written
    for switched_off in ("dns_lookup_kdc", "dns_lookup_realm", "dns_uri_lookup", "rdns"):
        assert f" {switched_off} = false\n" in written
    assert " dns_canonicalize_hostname = false\n" in written


@pytest.mark.parametrize(
    ("spn", "service"),
    [
        (None, "HTTP/site.example@R"),
        ("HTTP@other.example", "HTTP/other.example@R"),
        ("http/other.example", "http/other.example@R"),
    ],
)
def test_the_service_is_that_of_the_site_unless_it_is_named(spn: str | None, service: str) -> None:
    assert service_principal(spn, parse_url("https://site.example:8443/x"), "R") == service


def test_centres_have_a_usual_port() -> None:
    held = settings(password="p", kdcs=["a.example", "192.0.2.1:1088", "[2001:db8::1]"])
    assert [(each.host, each.port) for each in held.places] == [
        ("a.example", 88), ("192.0.2.1", 1088), ("2001:db8::1", 88),
    ]  # fmt: skip


def test_the_library_comes_with_the_locked_packages_or_is_told_to_be_missing(
    tmp_path: Path,
) -> None:
    found = library()
    assert found is not None
    assert "pycurl.libs" in found._name
    assert loaded([str(tmp_path / "libgssapi_krb5.so.2")]) is None
    assert loaded([str(tmp_path / "none.so"), found._name]) is not None


@pytest.mark.parametrize(
    ("number", "outcome", "cause"),
    [
        (6, Outcome.DOWN, Cause.AUTHORIZATION),
        (77, Outcome.DOWN, Cause.AUTHORIZATION),
        (156, Outcome.DOWN, Cause.UNREACHABLE),
        (37, Outcome.UNKNOWN, Cause.INTERNAL),
    ],
)
def test_every_error_of_kerberos_has_words(number: int, outcome: Outcome, cause: Cause) -> None:
    found = failures.login_failure(-1_765_328_384 + number, "p@R", "HTTP/h@R")
    assert (found.outcome, found.cause) == (outcome, cause)
    assert found.detail.endswith(".")


@pytest.mark.parametrize("code", [0, 12, 100_001, -2_045_022_969])
def test_invariant_1_what_is_no_error_of_kerberos_is_ours(code: int) -> None:
    assert failures.login_failure(code, "p@R", "s@R").outcome is Outcome.UNKNOWN
