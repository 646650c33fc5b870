"""One multistep check: its steps in their order, with the values and cookies carried on."""

from collections.abc import Generator
from dataclasses import dataclass, field, replace

from domain.evaluation.outcome import Cause, Outcome
from domain.expiry import Expiry, earlier
from domain.multistep.placeholders import UnfitValueError
from probes.assertions.base import ProbedResponse
from probes.assertions.budget import Budget
from probes.auth.authorized_request import AuthorizedRequest
from probes.auth.base import AuthorizationError
from probes.auth.cookies import Cookies
from probes.auth.registry import SCHEMES
from probes.auth.request_bytes import with_header
from probes.auth.wrong_secrets import (
    WrongSecretError,
    forget_refusals,
    note_refusal,
    refuse_while_resting,
)
from probes.base import NO_TIME, ProbeResult, Target, Timings
from probes.credential import Credential
from probes.evidence import parsed_head, with_evidence
from probes.exchange import Conversation, Request, Response
from probes.failures import Failure, down
from probes.kinds.http_redirect import RedirectError, leads_on, redirected
from probes.kinds.http_verdict import judge, not_authorized, refused_redirect
from probes.kinds.multistep import templates
from probes.kinds.multistep.extraction import NoValueError
from probes.kinds.multistep.settings import MultistepSettings, RequestStep
from probes.kinds.multistep.values import Carried
from probes.urls import Url, parse_url

_LONGEST_DETAIL = 1000
_BASIC = "basic"

_Answered = Generator[Request, Response, ProbeResult]


@dataclass(slots=True)
class MultistepCheck:
    """Sends the steps of one check until one of them fails."""

    target: Target
    settings: MultistepSettings
    carried: Carried = field(init=False)
    cookies: Cookies = field(default_factory=Cookies)
    spent: Timings = NO_TIME
    expiry: Expiry | None = None
    last: Response | None = None
    _inserted: Credential | None = field(init=False)
    """The credential whose fields a step inserts; it is sent in no other way."""

    def __post_init__(self) -> None:
        named = (each for each in self.target.credentials if each.scheme == _BASIC)
        self._inserted = next(named, None) if self.settings.uses_credential else None
        self.carried = Carried.of(self._inserted)

    def run(self) -> Conversation:
        """Return the result: that of the step that failed, or else of the first degraded one."""
        degraded: ProbeResult | None = None
        result = ProbeResult(outcome=Outcome.UP)
        for number, step in enumerate(self.settings.steps, 1):
            result = yield from self._step(number, step)
            if result.outcome not in {Outcome.UP, Outcome.DEGRADED}:
                return self._whole(result)
            if result.outcome is Outcome.DEGRADED:
                degraded = degraded or result
        return self._whole(degraded or self._slow(result))

    def _step(self, number: int, step: RequestStep) -> _Answered:
        self.last = None
        try:
            url = self._url(step)
            result = yield from self._asked(number, step, url)
        except UnfitValueError as error:
            result = _failed(down(Cause.ANSWER, str(error)))
        if result.outcome is Outcome.UP:
            return result
        named = replace(result, detail=f"Step {number}{step.title}: {result.detail}")
        found = with_evidence(named, self.last, self.target, self.carried.secrets)
        # Shortened at last: the beginning of a secret would not be recognized.
        return replace(found, detail=found.detail[:_LONGEST_DETAIL])

    def _url(self, step: RequestStep) -> Url:
        """Return the URL of a step, at an origin that the settings name, whatever a value says."""
        home = parse_url(self.target.url)
        missing = sorted(step.used - self.carried.values.keys())
        if missing:
            raise UnfitValueError(f"The value {missing[0]} is missing.")
        url = templates.url_of(step.url, self.carried.values, home)
        named = {templates.literal_origin(each.url) for each in self.settings.steps}
        if url.origin_text not in named | {home.origin_text}:
            raise UnfitValueError("A value leads to a site that no step names.")
        return url

    def _asked(self, number: int, step: RequestStep, url: Url) -> _Answered:
        if failure := self._refused(step, url):
            return _failed(failure)
        request = self._request(number, step, url)
        credentials = self._credentials(step, url)
        self.carried.bind(each for each in credentials if not SCHEMES[each.scheme].everywhere)
        asking = AuthorizedRequest(
            credentials, url, plaintext_allowed=self.settings.allow_plaintext_credentials
        )
        try:
            return (yield from self._logged_in(step, asking, request))
        except AuthorizationError as error:
            return not_authorized(error, asking.spent)
        except RedirectError as error:
            return refused_redirect(error, self.last or Response(), asking.spent)
        finally:
            self.spent = self.spent.plus(asking.spent)

    def _logged_in(
        self, step: RequestStep, asking: AuthorizedRequest, request: Request
    ) -> _Answered:
        """Judge a step, unless the credential that it inserts was refused too often."""
        inserted = self._inserted if step.inserts_credential else None
        if inserted is None:
            return (yield from self._judged(step, asking, request))
        self.carried.bind([inserted])
        refuse_while_resting(inserted)
        result = yield from self._judged(step, asking, request)
        _note_login(inserted, result)
        return result

    def _judged(self, step: RequestStep, asking: AuthorizedRequest, request: Request) -> _Answered:
        hops = 0
        while True:
            response = yield from asking.ask(self._with_cookies(request))
            self._note(request, response)
            if not (step.follow_redirects and leads_on(response)):
                break
            hops += 1
            request = redirected(request, response, hops=hops, most=step.max_redirects)
            if failure := self.carried.refused_redirect(step, request.url):
                return _failed(failure)
        budget = Budget.of((*step.assertions, *step.extractions))
        answer = ProbedResponse(response, request.url.text, asking.spent.total // 1000, budget)
        own = replace(self.target, latency_threshold_ms=None)
        authorized = asking.authorized or step.inserts_credential
        result = judge(response, own, step, asking.spent, authorized=authorized, answer=answer)
        problem = self._extract(step, answer)
        if response.failure and problem and any(each.is_secret for each in step.extractions):
            # An answer that is cut off may have a secret value that cannot be found to be masked.
            self.last = replace(response, body=b"")
        if problem and not response.failure and result.outcome in {Outcome.UP, Outcome.DEGRADED}:
            return replace(_failed(down(Cause.ANSWER, problem)), http_status=response.status)
        return result

    def _extract(self, step: RequestStep, answer: ProbedResponse) -> str:
        """Carry on the values of a step; return the first problem, if one is missing.

        The answer of a failed step is read too: its evidence must not show the secret ones.
        """
        problems = []
        for each in step.extractions:
            try:
                value = each.value(answer, self.cookies)
            except NoValueError as error:
                problems.append(f"The value {each.name} {error}.")
            else:
                self.carried.add(each.name, value, is_secret=each.is_secret)
        return problems[0] if problems else ""

    def _refused(self, step: RequestStep, url: Url) -> Failure | None:
        """Return why this step may not send its values to this URL."""
        is_plain = url.scheme == "http" and not self.settings.allow_plaintext_credentials
        if is_plain and step.inserts_credential:
            return down(
                Cause.AUTHORIZATION,
                "The credential is not sent over plain http unless the monitor allows that.",
            )
        return self.carried.refused(step, url.origin_text)

    def _credentials(self, step: RequestStep, url: Url) -> tuple[Credential, ...]:
        """Return the credentials that this step sends.

        At the origin of the monitor they are all needed, as for any other kind. At another origin
        they are those that may go there.
        """
        is_home = url.origin == parse_url(self.target.url).origin
        return tuple(
            each
            for each in self.target.credentials
            if SCHEMES[each.scheme].everywhere
            or (
                step.send_credentials
                and each is not self._inserted
                and (is_home or url.origin_text in each.origins)
            )
        )

    def _request(self, number: int, step: RequestStep, url: Url) -> Request:
        values, settings = self.carried.values, self.settings
        has_body = step.body is not None
        return Request(
            url=url,
            method=step.method,
            headers=templates.headers_of(
                step.headers, step.body_type if has_body else None, values
            ),
            body=templates.body_of(step.body, step.body_type, values)
            if step.body is not None
            else None,
            verify_tls=settings.verify_tls,
            keep_body=step.needs_body,
            keep_headers=any(each.needs_headers for each in (*step.assertions, *step.extractions)),
            keep_tls=any(each.needs_tls for each in step.assertions),
            note_expiry=self.target.note_expiry,
            keep_evidence=True,
            http_version=settings.http_version,
            ip_version=settings.ip_version,
            step=number,
        )

    def _with_cookies(self, request: Request) -> Request:
        """Add the cookies of this check. One that a login set is as secret as the login."""
        is_plain = request.url.scheme == "http" and not self.settings.allow_plaintext_credentials
        if is_plain and self.carried.origins is not None:
            return request
        value = self.cookies.added_to(request)
        return with_header(request, "Cookie", value) if value else request

    def _note(self, request: Request, response: Response) -> None:
        self.last = response
        self.cookies.take(request.url, response.headers or parsed_head(response.head))
        if response.expiry:
            self.expiry = earlier(self.expiry, response.expiry)

    def _slow(self, result: ProbeResult) -> ProbeResult:
        """Judge the latency of a check whose steps all passed."""
        limit, took = self.target.latency_threshold_ms, self.spent.total // 1000
        if limit is None or took <= limit:
            return result
        detail = f"All steps took {took:,} ms, more than {limit:,} ms."
        slow = replace(result, outcome=Outcome.DEGRADED, cause=Cause.SLOW, detail=detail)
        return with_evidence(slow, None, self.target)

    def _whole(self, result: ProbeResult) -> ProbeResult:
        return replace(result, timings=self.spent, expiry=self.expiry)


def _failed(failure: Failure) -> ProbeResult:
    return ProbeResult(outcome=failure.outcome, cause=failure.cause, detail=failure.detail)


def _note_login(credential: Credential, result: ProbeResult) -> None:
    """Note whether a site accepted the fields that a step inserted, so that no account is locked."""
    if result.cause is Cause.AUTHORIZATION:
        note_refusal(credential, WrongSecretError(result.detail))
    elif result.outcome in {Outcome.UP, Outcome.DEGRADED}:
        forget_refusals(credential)
