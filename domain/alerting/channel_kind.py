"""The kinds of channel that rules speak of by name. All that there are: `notifiers/registry.py`."""

EMAIL = "email"
SMS = "sms"
VOICE = "voice"
WEBHOOK = "webhook"
PAGERDUTY = "pagerduty"

PHONES = frozenset({SMS, VOICE})
"""What leads to a telephone, and costs money."""
