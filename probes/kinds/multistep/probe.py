"""The kind `multistep`: requests that build on each other, such as log in, create, read, delete."""

from probes.async_probe import settings_of
from probes.base import Target
from probes.exchange import Conversation
from probes.kinds.multistep.check import MultistepCheck
from probes.kinds.multistep.settings import MultistepSettings
from probes.urls import validate_url

__all__ = ["MultistepSettings", "probe", "validate_url"]


def probe(target: Target) -> Conversation:
    """Send the steps in their order; the first that fails ends the check."""
    return (yield from MultistepCheck(target, settings_of(target, MultistepSettings)).run())
