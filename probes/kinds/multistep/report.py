"""What a test run shows of a multistep check: the names of its steps, and no secret values."""

from collections.abc import Iterable, Mapping

from domain.multistep.placeholders import text_of
from probes.assertions.base import ProbedResponse
from probes.assertions.budget import Budget
from probes.auth.cookies import Cookies
from probes.base import KindSettings
from probes.evidence import parsed_head
from probes.exchange import Request, Response
from probes.kinds.multistep.extraction import NoValueError
from probes.kinds.multistep.settings import MultistepSettings, RequestStep

Exchanges = Iterable[tuple[Request, Response]]


def step_names(settings: KindSettings) -> Mapping[int, str]:
    """Return the names of the steps by their numbers; none for another kind."""
    if not isinstance(settings, MultistepSettings):
        return {}
    return {number: step.name for number, step in enumerate(settings.steps, 1)}


def secret_values(settings: KindSettings, exchanges: Exchanges) -> frozenset[str]:
    """Return the secret values that the steps extract from these answers; none for another kind."""
    if not isinstance(settings, MultistepSettings):
        return frozenset()
    cookies, found = Cookies(), set[str]()
    for request, response in exchanges:
        cookies.take(request.url, response.headers or parsed_head(response.head))
        if request.step:
            found |= _secrets_in(settings.steps[request.step - 1], response, cookies)
    return frozenset(found)


def _secrets_in(step: RequestStep, response: Response, cookies: Cookies) -> set[str]:
    secret = [each for each in step.extractions if each.is_secret]
    answer = ProbedResponse(response, "", 0, Budget.of(secret))
    found = set()
    for each in secret:
        try:
            found.add(text_of(each.value(answer, cookies)))
        except NoValueError:
            continue
    return found
