"""The channel kinds that rules mention by name. `notifiers/registry.py` lists all kinds."""

EMAIL = "email"
SMS = "sms"
VOICE = "voice"
WEBHOOK = "webhook"
PAGERDUTY = "pagerduty"

PHONES = frozenset({SMS, VOICE})
"""The kinds that reach a telephone and cost money."""
