"""The settings of an embedded stack, as the environment of its processes."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack import keys
from devstack.ports import HOST
from security.messages.keys import MessageKeys

FLOWER_USER = "operator"
# The region of the check worker in devstack/roles.py.
REGION = "default"
_MESSAGE_KEYS = "DOWNTIME_MESSAGE_KEYS"
_OURS = ("DOWNTIME_", "FLOWER_", "CELERY_")
_URLS = ("DATABASE_URL", "REDIS_URL", "SMTP_URL")


def given() -> dict[str, str]:
    """Return the settings in the environment of this process."""
    return {name: value for name, value in os.environ.items() if _is_setting(name)}  # noqa: TID251 - collected to be passed on


def build(directory: Path, ports: Mapping[str, int], settings: Mapping[str, str]) -> dict[str, str]:
    """Join the environment, without its settings, with our defaults and with `settings`."""
    defaults = _defaults(directory, ports)
    # A value that is given, directly or by a file, replaces both forms of the default.
    kept = {name: value for name, value in defaults.items() if not is_given(name, settings)}
    return _of_machine() | kept | dict(settings)


def without_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are no settings: those that any program may read."""
    return {name: value for name, value in variables.items() if not _is_setting(name)}


def _of_machine() -> dict[str, str]:
    inherited = without_settings(os.environ)  # noqa: TID251 - passed on
    programs = os.pathsep.join(
        [str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)]
    )
    return inherited | {"PATH": programs, "PYTHONUNBUFFERED": "1"}


def message_keys(directory: Path, component: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the message keys that the component needs, and no others."""
    if is_given(_MESSAGE_KEYS, settings):
        return {}
    master = MessageKeys.parse(
        keys.keep(directory / "secrets" / "message-keys", keys.new_message_key)
    )
    return {_MESSAGE_KEYS: master.ring_for(component, region=REGION)}


def is_given(name: str, settings: Mapping[str, str]) -> bool:
    return (
        name.removesuffix("_FILE") in settings or f"{name.removesuffix('_FILE')}_FILE" in settings
    )


def _is_setting(name: str) -> bool:
    return name.startswith(_OURS) or name.removesuffix("_FILE") in _URLS


def _defaults(directory: Path, ports: Mapping[str, int]) -> dict[str, str]:
    secrets = directory / "secrets"
    keys.keep(secrets / "jwt.pem", keys.new_signing_key)
    keys.keep(secrets / "encryption-keys", keys.new_encryption_key)
    flower_password = keys.keep(secrets / "flower-password", keys.new_password)
    return {
        "SMTP_URL": f"smtp://{HOST}:{ports['smtp']}",
        "DOWNTIME_ENVIRONMENT": "development",
        "DOWNTIME_EGRESS_POLICY": "any",
        "DOWNTIME_LOG_FORMAT": "console",
        "DOWNTIME_VAR_DIR": str(directory),
        "DOWNTIME_BIND": f"{HOST}:{ports['api']}",
        "DOWNTIME_LIVE_BIND": f"{HOST}:{ports['live']}",
        "DOWNTIME_LIVE_URL": f"http://{HOST}:{ports['live']}",
        "DOWNTIME_PUBLIC_URL": f"http://{HOST}:{ports['api']}",
        "DOWNTIME_JWT_PRIVATE_KEY_FILE": str(secrets / "jwt.pem"),
        "DOWNTIME_KEYS_FILE": str(secrets / "encryption-keys"),
        "DOWNTIME_SMS_GATEWAY_URL": f"http://{HOST}:{ports['sms']}",
        "DOWNTIME_SMS_ACCOUNT": "AC00000000000000000000000000000000",
        "DOWNTIME_SMS_TOKEN": keys.keep(secrets / "sms-token", keys.new_password),
        "DOWNTIME_SMS_SENDER": "+15005550006",
        "DOWNTIME_FLOWER_URL": f"http://{HOST}:{ports['flower']}",
        "FLOWER_ADDRESS": HOST,
        "FLOWER_PORT": str(ports["flower"]),
        "FLOWER_BASIC_AUTH": f"{FLOWER_USER}:{flower_password}",
    }
