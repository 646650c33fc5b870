"""AWS Signature Version 4, verified by moto, and by what botocore itself would send."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.auth.request_bytes import target
from tests.probes.auth.asking import check, credential, header, request, sent
from tests.probes.conftest import Prober
from tests.servers.aws import REGION, Aws, aws

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FIELDS: dict[str, object] = {
    "region": REGION,
    "service": "sts",
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Aws]:
    with aws() as cloud:
        yield cloud


def held(cloud: Aws, service: str, **fields: object) -> Credential:
    keys = {"access_key_id": cloud.access_key_id, "secret_access_key": cloud.secret_access_key}
    return credential("aws_sigv4", FIELDS | keys | {"service": service} | fields)


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/", "<Name>bucket</Name>"),
        ("/bucket?list-type=2&prefix=a%20b/&delimiter=%2F", "a b/"),
        ("/bucket?prefix=a+b/&list-type=2", "a b/"),
        ("/bucket/a%20b/%C3%BC%2B.txt", "inside"),
        ("/bucket/a%20b/ü+.txt?response-content-type=text/html;charset='x'", "inside"),
    ],
)
def test_s3_takes_the_signature(probe: Prober, cloud: Aws, path: str, inside: str) -> None:
    signer = held(cloud, "s3", s3=True)
    assert check(probe, cloud.url + path, signer, keyword=inside).outcome is Outcome.UP


def test_the_body_of_another_service_is_covered(probe: Prober, cloud: Aws) -> None:
    result = check(
        probe,
        cloud.url,
        held(cloud, "sts"),
        method="POST",
        headers=FORM,
        body="Action=GetCallerIdentity&Version=2011-06-15",
        keyword="user/monitor",
    )
    assert result.outcome is Outcome.UP


def test_another_secret_is_refused(probe: Prober, cloud: Aws) -> None:
    wrong = held(cloud, "s3", s3=True, secret_access_key="wrong")
    result = check(probe, cloud.url, wrong)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The site refused the credential: 403 Forbidden."


def test_a_session_token_and_the_type_of_the_body_are_signed() -> None:
    signer = credential("aws_sigv4", FIELDS | {"session_token": "tok/en=="})
    asked = sent(signer, request(method="POST", body=b"x"))
    assert header(asked, "X-Amz-Security-Token") == "tok/en=="
    assert header(asked, "Content-Type") == "text/plain; charset=utf-8"
    signed = header(asked, "Authorization")
    assert "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token," in signed


def test_what_is_sent_is_the_query_that_was_signed() -> None:
    asked = sent(credential("aws_sigv4", FIELDS), request("https://a.example/p?b='x'&a=1+2&c"))
    assert target(asked) == "/p?b=%27x%27&a=1%202&c="


@pytest.mark.parametrize(
    "fields",
    [
        {"region": "eu central"},
        {"region": "EU\r\n"},
        {"service": ""},
        {"access_key_id": "a"},
        {"access_key_id": "AKID\nX: y"},
        {"secret_access_key": "a\r\nb"},
        {"session_token": "ü"},
    ],
)
def test_what_cannot_be_sent_is_refused_when_it_is_written(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        credential("aws_sigv4", FIELDS | fields)
    assert "wJalr" not in str(refused.value)
