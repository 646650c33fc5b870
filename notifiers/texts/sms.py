"""Alerts by text message, through the gateway that the operator chose."""

from typing import Protocol

from config.settings import Settings
from domain.alerting.alert import Alert
from notifiers.base import Destination, NotifierError, Receipt
from notifiers.posting import SECONDS
from notifiers.texts.account import Account
from notifiers.texts.http_gateway import HttpGateway
from notifiers.texts.phone import PhoneSettings, is_number
from notifiers.texts.sms_text import text_of
from notifiers.texts.twilio import Twilio
from notifiers.texts.vonage import VonageGateway

__all__ = ["PhoneSettings", "SmsGateway", "SmsNotifier", "from_settings"]

NAME = "The SMS gateway"


class SmsGateway(Protocol):
    def send_text(self, to: str, text: str, *, key: str) -> Receipt:
        """Hand over a text of any number of segments; the reference is the gateway's id of it.

        `key` is the same for each attempt; raises `NotifierError`.
        """
        ...


class TwilioGateway:
    def __init__(self, account: Account, *, seconds: float = SECONDS) -> None:
        self._twilio = Twilio(account, name=NAME, seconds=seconds)

    def send_text(self, to: str, text: str, *, key: str) -> Receipt:
        return self._twilio.create("Messages", {"To": to, "Body": text}, key=key)


class SmsNotifier:
    """Sends through one gateway; without one each text is refused."""

    def __init__(self, gateway: SmsGateway | None) -> None:
        self._gateway = gateway

    def send(self, channel: Destination, alert: Alert) -> Receipt:
        if self._gateway is None:
            raise NotifierError("This service has no SMS gateway.", permanent=True)
        if not is_number(channel.address):
            raise NotifierError("This is not a phone number.", channel_gone=True)
        return self._gateway.send_text(channel.address, text_of(alert), key=alert.key)


def from_settings(settings: Settings) -> SmsNotifier:
    return SmsNotifier(_gateway(settings))


def _gateway(settings: Settings) -> SmsGateway | None:
    account = Account(
        url=settings.sms_gateway_url,
        account=settings.sms_account,
        token=settings.sms_token.get_secret_value(),
        sender=settings.sms_sender,
    )
    match settings.sms_gateway:
        case "http":
            return HttpGateway.from_settings(settings, account)
        case "vonage":
            return VonageGateway(account) if account.account else None
        case "twilio":
            return TwilioGateway(account) if account.account else None
