"""The two headers of Cloudflare Access, as httpbin sees them."""

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Outcome
from tests.probes.auth.asking import check, credential
from tests.probes.conftest import Prober

FIELDS = {"client_id": "abc.access", "client_secret": "s3cret"}


@pytest.mark.parametrize(
    "seen", ['"Cf-Access-Client-Id": "abc.access"', '"Cf-Access-Client-Secret": "s3cret"']
)
def test_both_headers_are_sent(probe: Prober, httpbin: str, seen: str) -> None:
    held = credential("cloudflare_access", FIELDS)
    assert check(probe, f"{httpbin}/headers", held, keyword=seen).outcome is Outcome.UP


@pytest.mark.parametrize(
    "fields", [{"client_id": "a\r\nb"}, {"client_secret": "ü"}, {"client_secret": ""}, {"x": "y"}]
)
def test_what_cannot_be_sent_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        credential("cloudflare_access", FIELDS | fields)
