"""How one check asks its site: with each of its credentials around the request, and nowhere else."""

from functools import partial

from probes.auth.base import AuthorizationError, Credential, Exchange, Send
from probes.auth.registry import SCHEMES
from probes.base import NO_TIME
from probes.curl.key_exchange import asked
from probes.exchange import Request
from probes.failures import not_for_origin
from probes.urls import Url


class AuthorizedRequest:
    """Carries out the requests of one check; `spent` adds up all that went over the wire.

    Those that shape the connection come first, so that the others can ask elsewhere by the same way.
    The rest nest in their order, so the last one sees the request as it will be sent. They go to
    the origin of the monitor only, if that is among those which were named for each of them, and
    once a redirect has led away from there, not even back.
    """

    def __init__(
        self, credentials: tuple[Credential, ...], home: Url, *, plaintext_allowed: bool
    ) -> None:
        self.spent = NO_TIME
        self.authorized = False
        """Whether the last request carried a credential."""
        self._credentials = tuple(
            sorted(credentials, key=lambda each: not SCHEMES[each.scheme].transport)
        )
        self._home = home.origin
        self._site = home.origin_text
        self._plaintext_allowed = plaintext_allowed

    def ask(self, request: Request) -> Exchange:
        """Return the response to judge; raises `AuthorizationError` if there can be none."""
        if not self._credentials:
            self.authorized = False
            return (yield from self._timed(asked(request)))
        if request.url.origin != self._home:
            self._credentials = tuple(filter(_holds_everywhere, self._credentials))
        self.authorized = not all(map(_holds_everywhere, self._credentials))
        self._refuse_other_origins()
        self._refuse_plaintext()
        send: Send = asked
        for credential in reversed(self._credentials):
            send = partial(self._within, credential, send)
        return (yield from self._timed(send(request)))

    def _refuse_other_origins(self) -> None:
        """Send nothing where one of them may not go: without it this would be another check."""
        if any(
            self._site not in each.origins
            for each in self._credentials
            if not _holds_everywhere(each)
        ):
            failure = not_for_origin()
            raise AuthorizationError(failure.detail, failure)

    def _refuse_plaintext(self) -> None:
        scheme, _, _ = self._home
        if scheme == "https" or self._plaintext_allowed:
            return
        if not all(SCHEMES[each.scheme].transport for each in self._credentials):
            raise AuthorizationError(
                "The credential is not sent over plain http unless the monitor allows that."
            )

    def _within(self, credential: Credential, send: Send, request: Request) -> Exchange:
        """Let a scheme hold its conversation; one further out may ask another origin by `send`."""
        if request.url.origin != self._home and not _holds_everywhere(credential):
            return (yield from send(request))
        return (yield from SCHEMES[credential.scheme].exchange(credential, request, send))

    def _timed(self, exchange: Exchange) -> Exchange:
        try:
            request = next(exchange)
            while True:
                response = yield request
                self.spent = self.spent.plus(response.timings)
                request = exchange.send(response)
        except StopIteration as ending:
            return ending.value  # type: ignore[no-any-return]  # `StopIteration` is not generic.


def _holds_everywhere(credential: Credential) -> bool:
    return SCHEMES[credential.scheme].everywhere
