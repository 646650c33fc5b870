"""The kind `tls`: a handshake, and the expiry of its certificates."""

import ssl
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Self

from cryptography import x509
from pydantic import Field, StrictBool, StrictInt, field_validator, model_validator

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, AsyncProbeSettings, degraded, failed, settings_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network
from probes.urls import parse_host

PORTS: dict[str, int | None] = {"tls": 443}
_DER = 2
_SECONDS_OF_A_DAY = 86_400


class TlsSettings(AsyncProbeSettings):
    """The days before the expiry of a certificate at which it counts as a problem."""

    example: ClassVar[Example] = Example(
        "tls://shop.example.com", {"degraded_days": 14, "min_version": "1.3"}
    )

    degraded_days: StrictInt = Field(
        default=14,
        ge=0,
        le=398,
        description="A check is `degraded` if fewer days than this are left.",
    )
    down_days: StrictInt = Field(
        default=0, ge=0, le=398, description="A check is `down` if fewer days than this are left."
    )
    host_name: str = Field(
        default="",
        max_length=253,
        description="The server name to request (SNI). By default the host of the URL.",
    )
    min_version: Literal["1.2", "1.3"] = "1.2"
    verify_tls: StrictBool = True

    @field_validator("host_name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        return parse_host(name) if name else ""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.down_days > self.degraded_days:
            raise ValueError("`down_days` may not be above `degraded_days`.")
        return self


def validate_url(text: str) -> str:
    return parse_endpoint(text, PORTS).text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Make the handshake, and judge the version and the certificates."""
    settings = settings_of(target, TlsSettings)
    url = parse_endpoint(target.url, PORTS)
    stream = await network.connect(url, settings.ip_version, any_port=True)
    verify = settings.verify_tls
    await network.start_tls(stream, settings.host_name or url.host, verify=verify)
    if stream.tls is None:
        raise TypeError("There was no TLS handshake.")
    version = (stream.tls.version() or "").removeprefix("TLSv")
    if version < settings.min_version:
        raise failed(
            Cause.TLS, f"The server speaks TLS {version}, expected {settings.min_version} or later."
        )
    return judge(_certificates(stream.tls, verified=verify), settings, datetime.now(UTC))


def judge(chain: Sequence[x509.Certificate], settings: TlsSettings, now: datetime) -> ProbeResult:
    """Judge the certificate that expires first, among those that the server's operator chooses."""
    chosen = [each for each in chain if each.issuer != each.subject] or list(chain)
    first = min(chosen, key=lambda each: each.not_valid_after_utc)
    left = (first.not_valid_after_utc - now).total_seconds() / _SECONDS_OF_A_DAY
    which = "The certificate" if first is chain[0] else "An intermediate certificate"
    when = f"{first.not_valid_after_utc:%Y-%m-%d}"
    if left < 0:
        raise failed(Cause.EXPIRY, f"{which} expired on {when}.")
    detail = f"{which} expires on {when}, in {left:.1f} days, less than"
    if left < settings.down_days:
        raise failed(Cause.EXPIRY, f"{detail} {settings.down_days}.")
    if left < settings.degraded_days:
        return degraded(Cause.EXPIRY, f"{detail} {settings.degraded_days}.")
    return UP


def _certificates(tls: ssl.SSLObject, *, verified: bool) -> list[x509.Certificate]:
    """Return the chain from the server's own certificate up; unverified, as the server sent it."""
    name = "get_verified_chain" if verified else "get_unverified_chain"
    if sys.version_info >= (3, 13):
        encoded: list[bytes] = getattr(tls, name)()
    else:
        # Before 3.13 the method exists, but has no public name.
        inner: Any = tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - see above
        encoded = [each.public_bytes(_DER) for each in getattr(inner, name)()]
    try:
        return [x509.load_der_x509_certificate(each) for each in encoded]
    except ValueError as error:
        raise failed(Cause.TLS, "The certificate is malformed.") from error
