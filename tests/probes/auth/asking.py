"""Credentials for tests, and the check of a site that asks for one."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from probes.auth.base import Credential, Exchange, Send
from probes.auth.registry import SCHEMES
from probes.base import ProbeResult, Target
from probes.exchange import Request, Response
from probes.kinds.http_settings import HttpSettings
from probes.urls import parse_url
from tests.probes.conftest import Prober, target

REFUSED = "The site refused the credential: 401 Unauthorized."


def credential(scheme: str, fields: Mapping[str, object]) -> Credential:
    """Make one of fields as a user gives them, and as they are then stored."""
    settings = SCHEMES[scheme].settings.model_validate(fields).examined()
    return Credential(id=1, version=1, scheme=scheme, settings=settings)


def check(
    probe: Prober, url: str, *credentials: Credential, timeout: float = 5, **settings: object
) -> ProbeResult:
    """Check with these credentials, over plain http too: most servers of the tests speak that."""
    given = HttpSettings.model_validate({"allow_plaintext_credentials": True} | settings)
    wanted = target(url, timeout=timeout)
    return probe.check(authorized(replace(wanted, settings=given), *credentials))


def authorized(wanted: Target, *credentials: Credential) -> Target:
    """Watch the same with these credentials, which name its origin."""
    named = tuple(named_for(wanted.url, each) for each in credentials)
    return replace(wanted, credentials=named)


def named_for(url: str, held: Credential) -> Credential:
    return replace(held, origins=frozenset({parse_url(url).origin_text}))


def request(url: str = "https://site.example/a?b=c", **fields: object) -> Request:
    return replace(Request(url=parse_url(url)), **fields)  # type: ignore[arg-type]  # Whatever a test wants.


def conversation(
    held: Credential, first: Request, answer: Callable[[Request], Response]
) -> tuple[list[Request], Response]:
    """Hold the conversation of a scheme without a network; return what was asked, and its end."""
    asked: list[Request] = []

    def send(asked_now: Request) -> Exchange:
        return (yield asked_now)

    sender: Send = send
    exchange = SCHEMES[held.scheme].exchange(held, first, sender)
    try:
        wanted = next(exchange)
        while True:
            asked.append(wanted)
            wanted = exchange.send(answer(wanted))
    except StopIteration as ending:
        return asked, ending.value


def sent(held: Credential, first: Request) -> Request:
    """Return the one request that a scheme makes of this one."""
    asked, _ = conversation(held, first, lambda _: Response(status=200))
    assert len(asked) == 1
    return asked[0]


def header(asked: Request, name: str) -> str:
    found = [value for key, value in asked.headers if key.lower() == name.lower()]
    assert len(found) == 1
    return found[0]
