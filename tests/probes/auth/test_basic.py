"""Basic authorization, against nginx."""

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.auth.asking import REFUSED, check, credential, header, request, sent
from tests.probes.conftest import Prober
from tests.servers.web_servers import nginx


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
@pytest.mark.parametrize(("user", "password"), [("ann", "pa:ss wörd"), ("jürgen", "ß")])
def test_nginx_takes_the_password_and_refuses_another(
    probe: Prober, user: str, password: str, charset: str
) -> None:
    fields = {"username": user, "password": password, "charset": charset}
    with nginx(user, password, encoding=charset) as url:
        assert check(probe, url, credential("basic", fields)).outcome is Outcome.UP
        wrong = check(probe, url, credential("basic", fields | {"password": "x"}))
    assert (wrong.outcome, wrong.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert wrong.detail == REFUSED


def test_the_example_of_the_standard() -> None:
    held = credential("basic", {"username": "test", "password": "123£"})
    assert header(sent(held, request()), "Authorization") == "Basic dGVzdDoxMjPCow=="


def test_a_key_may_stand_alone() -> None:
    held = credential("basic", {"username": "sk_test"})
    assert header(sent(held, request()), "Authorization") == "Basic c2tfdGVzdDo="


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"username": "a:b", "password": "c"},
        {"username": "a\r\nX: y", "password": "c"},
        {"username": "a", "password": "c\nd"},
        {"username": "a", "password": "c\x00"},
        {"username": "a", "password": "€", "charset": "latin-1"},
        {"username": "a", "password": "c", "charset": "koi8-r"},
        {"username": "a", "password": "x" * 5000},
    ],
)
def test_what_cannot_be_sent_is_refused_without_repeating_it(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        credential("basic", fields)
    assert "x" * 100 not in str(refused.value)
    assert "€" not in str(refused.value)
