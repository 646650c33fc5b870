"""The worst settings that each kind of channel takes; what is evaluated of them is reading them."""

from collections.abc import Mapping
from typing import Any

from tests.notifiers.channels import BOT_TOKEN, HOOK_KEY, HOOK_SECRET, PHONE

Settings = dict[str, Any]

_URL = f"https://hooks.example.com/{'a%20' * 500}"

WORST: Mapping[str, Settings] = {
    "email": {"address": f"{'a' * 60}@{'.'.join(['b' * 60] * 3)}.example"},
    "sms": {"address": PHONE},
    "voice": {"address": PHONE},
    "telegram": {"chat_id": "-10012345678901234567", "topic_id": 1 << 31, "bot_token": BOT_TOKEN},
    "webhook": {
        "url": _URL,
        "secret": HOOK_SECRET,
        "old_secret": HOOK_SECRET,
        "signing_key": HOOK_KEY,
        "old_signing_key": HOOK_KEY,
    },
    "slack": {"url": _URL},
    "teams": {"url": _URL},
    "discord": {"url": f"https://discord.com/api/webhooks/1/{'a' * 100}"},
    "pagerduty": {"routing_key": "R0" * 16},
    "apprise": {"url": f"ntfys://ntfy.example.com/{'a' * 2000}"},
}
