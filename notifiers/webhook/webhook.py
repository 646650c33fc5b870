"""Alerts to a URL of the user's, signed as Standard Webhooks specifies; `docs/reference/webhooks.md` has the form."""

import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from config.settings import Settings
from domain.alerting.alert import Alert
from notifiers.base import Destination, Receipt
from notifiers.kind import settings_of
from notifiers.posting import SECONDS, Provider
from notifiers.url_settings import UrlSettings
from notifiers.webhook import signature as webhook_signature
from notifiers.webhook.body import encoded
from notifiers.webhook.signature import SharedSecret, SigningKey
from security.egress.guard import EgressPolicy


class WebhookSettings(UrlSettings):
    """A URL, and an optional secret that is shared with the receiver.

    Of the signing key only the public half is shown. During a rotation the old secret and key also
    sign.
    """

    ROTATES: ClassVar[Mapping[str, str]] = {
        "secret": "old_secret",
        "signing_key": "old_signing_key",
    }

    secret: SharedSecret | None = None
    old_secret: SharedSecret | None = None
    signing_key: Annotated[SigningKey, Field(default_factory=webhook_signature.new_signing_key)]
    old_signing_key: SigningKey | None = None
    content_type: Literal["application/json", "text/plain"] = "application/json"

    def beside(self) -> dict[str, str]:
        return {"public_key": webhook_signature.public_key(self.signing_key)}


class WebhookNotifier:
    def __init__(self, policy: EgressPolicy, *, seconds: float = SECONDS) -> None:
        self._provider = Provider(name="The webhook", policy=policy, seconds=seconds)

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        settings = settings_of(channel, WebhookSettings)
        body = alert.rendered.body.encode() or encoded(alert)
        headers = _headers(settings, alert, body)
        answer = self._provider.post_to(settings.url, data=body, headers=headers)
        if answer.accepted:
            return self._provider.accepted(answer)
        raise self._provider.refused(answer, gone=answer.status == HTTPStatus.GONE)


def from_settings(settings: Settings) -> WebhookNotifier:
    return WebhookNotifier(EgressPolicy.from_settings(settings))


def _headers(settings: WebhookSettings, alert: Alert, body: bytes) -> dict[str, str]:
    signed = webhook_signature.headers(
        alert.key,
        int(time.time()),
        body,
        secrets=_present(settings.secret, settings.old_secret),
        signing_keys=_present(settings.signing_key, settings.old_signing_key),
    )
    return {
        "Content-Type": settings.content_type if alert.rendered.body else "application/json",
        "User-Agent": "DowntimeMonitor/1 (webhook)",
        **signed,
    }


def _present(*secrets: SecretStr | None) -> Iterable[SecretStr]:
    return [secret for secret in secrets if secret is not None]
