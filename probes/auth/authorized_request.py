"""The requests of one check with its credentials, which go to its own site only."""

from functools import partial

from probes.auth.base import AuthorizationError, Credential, Exchange, Send
from probes.auth.registry import SCHEMES
from probes.base import NO_TIME
from probes.curl.key_exchange import asked
from probes.exchange import Request
from probes.failures import not_for_origin
from probes.masking import secrets_of, without
from probes.urls import Url

_SHORTEST = 8
"""A shorter secret may be an ordinary word of an address."""


class AuthorizedRequest:
    """Sends the requests of one check; `spent` sums up the timings of all of them.

    Credentials that shape the connection are outermost, so the requests of the others use the same
    connection settings. The others nest in their order, and the last one sees the request as it is
    sent. They go only to the origin of the monitor, if that is among the origins of each of them.
    After a redirect to another origin they are not sent again, even back at the first one.
    """

    def __init__(
        self,
        credentials: tuple[Credential, ...],
        home: Url,
        *,
        plaintext_allowed: bool,
        origin: str = "",
    ) -> None:
        """Hold the credentials of a check of `home`.

        `origin` is that of the monitor, if its address is not the URL of its requests.
        """
        self.spent = NO_TIME
        self.authorized = False
        """Whether the last request carried a credential."""
        self._credentials = tuple(
            sorted(credentials, key=lambda each: not SCHEMES[each.scheme].transport)
        )
        self._home = home.origin
        self._site = origin or home.origin_text
        self._plaintext_allowed = plaintext_allowed

    def ask(self, request: Request) -> Exchange:
        """Return the response to judge, or raise `AuthorizationError` if there can be none."""
        if not self._credentials:
            self.authorized = False
            return (yield from self._timed(asked(request)))
        if request.url.origin != self._home:
            self._refuse_repeated_secrets(request.url)
            self._credentials = tuple(filter(_holds_everywhere, self._credentials))
        self.authorized = not all(map(_holds_everywhere, self._credentials))
        self._refuse_other_origins()
        self._refuse_plaintext()
        send: Send = asked
        for credential in reversed(self._credentials):
            send = partial(self._within, credential, send)
        return (yield from self._timed(send(request)))

    def _refuse_other_origins(self) -> None:
        """Send nothing if one credential may not go there: the check needs all of them."""
        if any(
            self._site not in each.origins
            for each in self._credentials
            if not _holds_everywhere(each)
        ):
            failure = not_for_origin()
            raise AuthorizationError(failure.detail, failure)

    def _refuse_repeated_secrets(self, url: Url) -> None:
        """Do not follow a redirect whose target has a secret: a site repeats what it was sent."""
        secrets = [each for each in secrets_of(self._credentials) if len(each) >= _SHORTEST]
        if without(url.text, secrets) != url.text:
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
        """Run the scheme of a credential; one further out may `send` to another origin."""
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
