"""The scheme `aws_sigv4`: Signature Version 4 of Amazon Web Services, by botocore."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import quote, unquote_plus

from pydantic import Field

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import SecretWord
from probes.auth.request_bytes import with_content_type, with_header
from probes.exchange import Request

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
_ADDED = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-SHA256")


class AwsSigv4Settings(SchemeSettings):
    """`s3` signs paths as S3 wants them, as they stand, and names the hash of the body."""

    region: Name
    service: Name
    access_key_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{4,128}$")]
    secret_access_key: SecretWord
    session_token: SecretWord | None = None
    s3: bool = False


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, AwsSigv4Settings)
    return (yield from send(signed(settings, request)))


def signed(settings: AwsSigv4Settings, request: Request) -> Request:
    # It takes ten megabytes in each process that knows the schemes, and few use it.
    from botocore.auth import S3SigV4Auth, SigV4Auth  # type: ignore[import-untyped]  # noqa: PLC0415 - untyped, and heavy
    from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]  # noqa: PLC0415 - untyped, and heavy
    from botocore.credentials import Credentials  # type: ignore[import-untyped]  # noqa: PLC0415 - untyped, and heavy

    request = _with_plain_query(with_content_type(request))
    prepared = AWSRequest(
        method=request.method,
        url=request.url.text,
        data=request.body or b"",
        headers=dict(request.headers),
    )
    token = settings.session_token
    keys = Credentials(
        settings.access_key_id,
        settings.secret_access_key.get_secret_value(),
        token.get_secret_value() if token else None,
    )
    kind = S3SigV4Auth if settings.s3 else SigV4Auth
    kind(keys, settings.service, settings.region).add_auth(prepared)
    for name in _ADDED:
        if (value := prepared.headers.get(name)) is not None:
            request = with_header(request, name, value)
    return request


def _with_plain_query(request: Request) -> Request:
    """Write the query in the one form that AWS signs, so that it is sent as it is signed."""
    where, mark, query = request.url.text.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    written = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, _, value in pairs)
    return replace(request, url=replace(request.url, text=f"{where}{mark}{written}"))


def _encoded(text: str) -> str:
    return quote(unquote_plus(text), safe="-_.~")
