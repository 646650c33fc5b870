"""The scheme `hawk`: a MAC over the request and its body with a shared key, by mohawk."""

from dataclasses import replace
from typing import Literal, Self

from mohawk import Sender  # type: ignore[import-untyped]  # It ships no types.
from mohawk.exc import HawkFail  # type: ignore[import-untyped]  # It ships no types.
from pydantic import model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, settings_of
from probes.auth.fields import Secret, Word
from probes.auth.request_bytes import header, with_content_type, with_header
from probes.exchange import Request


class HawkSettings(SchemeSettings):
    id: Word
    key: Secret
    algorithm: Literal["sha256", "sha1"] = "sha256"
    ext: Word | None = None
    app: Word | None = None
    delegated_by: Word | None = None

    @model_validator(mode="after")
    def _can_sign(self) -> Self:
        if any("\\" in (text or "") or '"' in (text or "") for text in self._texts()):
            raise ValueError("A Hawk header cannot contain quotes or backslashes.")
        if self.delegated_by and not self.app:
            raise ValueError("delegated_by requires app.")
        try:
            authorization(self, "https://example.com/", "GET", b"", "")
        except HawkFail:
            raise ValueError(
                "A field contains characters that a Hawk header cannot contain."
            ) from None
        return self

    def _texts(self) -> tuple[str | None, ...]:
        return self.id, self.ext, self.app, self.delegated_by


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, HawkSettings)
    request = with_content_type(_without_empty_query(request))
    value = authorization(
        settings,
        request.url.text,
        request.method,
        request.body or b"",
        header(request, "Content-Type") or "",
    )
    return (yield from send(with_header(request, "Authorization", value)))


def _without_empty_query(request: Request) -> Request:
    """Remove a question mark without a query: mohawk does so, and signs the rest."""
    text = request.url.text.removesuffix("?")
    return replace(request, url=replace(request.url, text=text))


def authorization(
    settings: HawkSettings, url: str, method: str, content: bytes, content_type: str
) -> str:
    """Return the header, which covers the body too."""
    sender = Sender(
        {
            "id": settings.id,
            # As bytes, because mohawk encodes a text as ASCII.
            "key": settings.key.get_secret_value().encode(),
            "algorithm": settings.algorithm,
        },
        url,
        method,
        content=content,
        content_type=content_type,
        ext=settings.ext,
        app=settings.app,
        dlg=settings.delegated_by,
    )
    return str(sender.request_header)
