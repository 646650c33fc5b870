"""One channel of each kind, at a server whose URL a test gives, for what holds of all kinds."""

from base64 import b64encode

from notifiers.base import Destination

PHONE = "+4915112345678"
HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK_KEY = "whsk_" + b64encode(b"k" * 32).decode()
BOT_TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
ROUTING_KEY = "R0" * 16


def channels(url: str) -> dict[str, Destination]:
    return {
        "email": Destination("ann@example.org"),
        "sms": Destination(PHONE),
        "voice": Destination(PHONE),
        "telegram": Destination("42", {"chat_id": "42", "bot_token": BOT_TOKEN}),
        "webhook": Destination("hook", {"url": f"{url}/very-secret", "signing_key": HOOK_KEY}),
        "slack": Destination("slack", {"url": f"{url}/services/very-secret"}),
        "teams": Destination("teams", {"url": f"{url}/very-secret"}),
        "discord": Destination("discord", {"url": f"{url}/api/webhooks/1/very-secret"}),
        "pagerduty": Destination("pagerduty", {"routing_key": ROUTING_KEY}),
        "apprise": Destination("json", {"url": f"json://{url.partition('//')[2]}/very-secret"}),
    }
