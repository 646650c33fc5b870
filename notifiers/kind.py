"""What a kind of channel is: the fields that a user sets, how it is told apart, and its notifier."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from config.settings import Settings
from notifiers.base import Destination, Notifier, NotifierError
from security.egress.addresses import EgressPolicy

Fingerprint = Callable[[str], str]
"""Tells secrets of one organization apart without telling them."""


class ChannelSettings(BaseModel):
    """The fields of a channel of one kind. Whatever is secret is a `SecretStr`.

    `DESTINATION` names the fields that the address follows from: they never change. `ROTATES` names
    the fields that, once replaced, stay good under another name until that is taken away, so that a
    receiver can change over without missing a message. With `IS_EXAMINED`, settings are stored only
    after `examine` found nothing wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    DESTINATION: ClassVar[frozenset[str]] = frozenset({"address"})
    ROTATES: ClassVar[Mapping[str, str]] = {}
    IS_EXAMINED: ClassVar[bool] = False

    def address_of(self, fingerprint: Fingerprint) -> str:
        """Return what the channel is shown as and told apart by; it holds no secret."""
        raise NotImplementedError

    def judge(self, policy: EgressPolicy) -> None:
        """Raise a `ValueError` for what this policy will surely never let us reach."""

    @classmethod
    def examine(cls, several: Sequence[Self], policy: EgressPolicy) -> Sequence[str | None]:
        """Say of each what is wrong, if that takes seconds to find out: in no transaction."""
        raise NotImplementedError

    def beside(self) -> dict[str, str]:
        """Return what users see besides the fields."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of channel.

    A kind that `needs_confirmation` has the address of a person, who must agree before anything
    else is sent; the others are proven by knowing their secret. A digest has `most_parts` at most,
    as many as it can be sent with in time.
    """

    settings: type[ChannelSettings]
    notifier: Callable[[Settings], Notifier]
    needs_confirmation: bool = False
    most_parts: int = 1000


SettingsT = TypeVar("SettingsT", bound=ChannelSettings)


def settings_of(channel: Destination, model: type[SettingsT]) -> SettingsT:
    """Read what was stored with a channel; what a newer version wrote is tried again later."""
    try:
        return model.model_validate(dict(channel.settings))
    except ValidationError:
        raise NotifierError("The settings of this channel cannot be read.") from None
