"""Bearer tokens, as httpbin demands them."""

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.auth.asking import REFUSED, check, credential, header, request, sent
from tests.probes.conftest import Prober


def test_httpbin_takes_the_token_and_refuses_without(probe: Prober, httpbin: str) -> None:
    url = f"{httpbin}/bearer"
    held = credential("bearer", {"token": "abc.def"})
    assert check(probe, url, held, keyword='"token": "abc.def"').outcome is Outcome.UP
    other = credential("bearer", {"token": "abc.def", "prefix": "Token"})
    refused = check(probe, url, other)
    assert (refused.cause, refused.detail) == (Cause.AUTHORIZATION, REFUSED)
    assert check(probe, url).cause is Cause.STATUS


def test_a_token_replaces_what_was_there() -> None:
    held = credential("bearer", {"token": "abc"})
    before = request(headers=(("authorization", "old"),))
    assert header(sent(held, before), "Authorization") == "Bearer abc"


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: y", "ü", "x" * 9000])
def test_a_token_that_cannot_be_one_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        credential("bearer", {"token": token})
