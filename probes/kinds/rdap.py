"""The kind `rdap`: the expiry of a domain registration, from its registry.

A registry that fails or limits our queries is no outage of the domain: the result is unknown.
"""

import json
import re
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import Field, StrictInt, field_validator, model_validator

from domain.evaluation.outcome import Cause
from domain.expiry import Expiry, Subject
from probes.async_probe import (
    UP,
    AsyncProbeSettings,
    Failed,
    degraded,
    failed,
    result_of,
    settings_of,
)
from probes.base import Example, ProbeResult, Target, Timings
from probes.exchange import Conversation, Request, Response
from probes.failures import ours
from probes.kinds.http_redirect import FOLLOWED, RedirectError, redirected
from probes.network.lookup_failures import shown
from probes.urls import LONGEST, UNSAFE, UrlError, parse_host, parse_url

_WHOLE = re.compile(r"rdap:(?://)?([^/?#:@\[\]]+)/?", re.IGNORECASE)
_MOST_REDIRECTS = 5
_LARGEST_ENTRY = 256 * 1024
_OK, _NOT_FOUND = 200, 404
_SECONDS_OF_A_DAY = 86_400
_ENDING = frozenset({"redemption period", "pending delete"})


class RdapSettings(AsyncProbeSettings):
    """The days before the expiry of a registration at which it counts as a problem."""

    example: ClassVar[Example] = Example("rdap:example.com", {"degraded_days": 30, "down_days": 7})

    base_url: str = Field(
        default="https://rdap.org/",
        max_length=500,
        description=(
            "The URL of an RDAP service. The default redirects to the registry of the domain."
        ),
    )
    degraded_days: StrictInt = Field(
        default=30,
        ge=0,
        le=365,
        description="A check is `degraded` if fewer days than this are left.",
    )
    down_days: StrictInt = Field(
        default=0, ge=0, le=365, description="A check is `down` if fewer days than this are left."
    )

    @field_validator("base_url")
    @classmethod
    def _check_base(cls, text: str) -> str:
        url = parse_url(text).text
        if "?" in url or not url.endswith("/"):
            raise ValueError("The URL has to end with a slash.")
        return url

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.down_days > self.degraded_days:
            raise ValueError("`down_days` may not be above `degraded_days`.")
        return self


def validate_url(text: str) -> str:
    return f"rdap:{_domain(text)}"


def _domain(text: str) -> str:
    if len(text) > LONGEST or UNSAFE.search(text):
        raise UrlError("A domain must not contain spaces, control characters or backslashes.")
    match = _WHOLE.fullmatch(text)
    domain = parse_host(match[1]) if match else ""
    if "." not in domain or domain.rpartition(".")[2].isdigit():
        raise UrlError("Not a domain such as rdap:example.com.")
    return domain


def probe(target: Target) -> Conversation:
    """Query the domain, follow redirects to its registry, and judge the date."""
    settings = settings_of(target, RdapSettings)
    domain = _domain(target.url)
    spent = Timings()
    try:
        response, spent = yield from _asked(domain, settings)
        result = _judged(response, domain, settings, datetime.now(UTC))
    except Failed as failure:
        result = result_of(failure.failure)
    return _with(result, spent)


def _asked(
    domain: str, settings: RdapSettings
) -> Generator[Request, Response, tuple[Response, Timings]]:
    request = Request(
        url=parse_url(f"{settings.base_url}domain/{domain}"),
        headers=(("Accept", "application/rdap+json, application/json"),),
        keep_body=True,
        ip_version=settings.ip_version,
    )
    spent = Timings()
    for hops in range(_MOST_REDIRECTS + 1):
        response = yield request
        spent = spent.plus(response.timings)
        if response.failure or response.status not in FOLLOWED or not response.location:
            return response, spent
        try:
            request = redirected(request, response, hops=hops + 1, most=_MOST_REDIRECTS)
        except RedirectError as error:
            raise Failed(ours(f"The registry cannot be queried: {error}")) from error
    raise Failed(ours("The registry cannot be queried: too many redirects."))


def _judged(response: Response, domain: str, settings: RdapSettings, now: datetime) -> ProbeResult:
    if failure := response.failure:
        reason = failure.detail.removesuffix(".")
        unknown = ours(f"The registry could not be queried: {reason}.")
        is_blocked = failure.cause is Cause.BLOCKED
        raise Failed(replace(unknown, cause=Cause.BLOCKED) if is_blocked else unknown)
    if response.status == _NOT_FOUND:
        raise failed(Cause.EXPIRY, f"The domain {shown(domain)} is not registered.")
    if response.status != _OK:
        raise Failed(ours(f"The registry could not be queried: it answered {response.status}."))
    entry = _entry(response.body)
    if ending := _ENDING.intersection(_words(entry.get("status"))):
        raise failed(Cause.EXPIRY, f"The domain is about to be deleted: {min(ending)}.")
    expires = _expiry(entry)
    term = Expiry(Subject.DOMAIN, expires, expires.astimezone(UTC).date().isoformat())
    return replace(judge(expires, settings, now), expiry=term)


def judge(expires: datetime, settings: RdapSettings, now: datetime) -> ProbeResult:
    left = (expires - now) / timedelta(seconds=_SECONDS_OF_A_DAY)
    if left < 0:
        raise failed(Cause.EXPIRY, f"The registration expired on {expires:%Y-%m-%d}.")
    detail = f"The registration expires on {expires:%Y-%m-%d}, in {left:.1f} days, less than"
    if left < settings.down_days:
        raise failed(Cause.EXPIRY, f"{detail} {settings.down_days}.")
    if left < settings.degraded_days:
        return degraded(Cause.EXPIRY, f"{detail} {settings.degraded_days}.")
    return UP


def _entry(body: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(body) if len(body) <= _LARGEST_ENTRY else None
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        raise Failed(ours("The registry did not answer with RDAP."))
    return entry


def _expiry(entry: dict[str, Any]) -> datetime:
    """Return the expiration date of the events, which a registry may leave out."""
    events = entry.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("eventAction") == "expiration":
            try:
                date = datetime.fromisoformat(str(event.get("eventDate")))
            except ValueError:
                continue
            return date if date.tzinfo else date.replace(tzinfo=UTC)
    raise Failed(ours("The registry does not say when the registration ends."))


def _words(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _with(result: ProbeResult, spent: Timings) -> ProbeResult:
    return replace(result, timings=spent)
