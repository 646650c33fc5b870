"""In which state a channel is, in words and in a tone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models import Channel, Contact
from services.contacts.unsubscriptions import REASON
from services.relay.settings import OTHERS
from web.translations import gettext as _


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """`since` is when it began, and `why` what a person can do or know about it."""

    word: str
    tone: str
    symbol: str
    since: datetime | None = None
    why: str = ""


def of(channel: Channel) -> ChannelStatus:
    """Return the state of one channel."""
    if channel.disabled_at is not None and channel.disabled_reason == REASON:
        why = _("This address unsubscribed. Enable the channel to ask for consent again.")
        return ChannelStatus(_("Unsubscribed"), "bad", "bell-off", channel.disabled_at, why)
    if channel.disabled_at is not None:
        why = channel.disabled_reason or ""
        return ChannelStatus(_("Failing"), "bad", "octagon-alert", channel.disabled_at, why)
    if channel.confirmed_at is not None:
        return ChannelStatus(_("Ready"), "good", "circle-check", channel.confirmed_at)
    if channel.confirmation_sent_at is None:
        why = _(
            "We did not ask for consent, because this address was asked too often. Ask again later."
        )
        return ChannelStatus(_("Not asked yet"), "warn", "hourglass", None, why)
    why = _("Nothing is sent until somebody agrees by the link in our message.")
    return ChannelStatus(
        _("Waiting for consent"), "warn", "hourglass", channel.confirmation_sent_at, why
    )


def of_all(channels: Sequence[Channel]) -> ChannelStatus:
    """Return the state of a contact: whether it can be reached, and what is wrong."""
    if not channels:
        return ChannelStatus(_("No channel"), "bad", "octagon-alert")
    each = [of(channel) for channel in channels]
    ready = sum(status.tone == "good" for status in each)
    if ready == len(each):
        return ChannelStatus(_("Reachable"), "good", "circle-check")
    if ready:
        return ChannelStatus(_("Partly reachable"), "warn", "triangle-alert")
    return ChannelStatus(_("Not reachable"), "bad", "octagon-alert")


def rate_limits(contact: Contact, per_minute: Mapping[str, int]) -> dict[str, int]:
    """Return how many messages a minute may go to one address, by the kinds of a contact."""
    kinds = dict.fromkeys(channel.kind for channel in contact.channels)
    return {kind: per_minute.get(kind, per_minute[OTHERS]) for kind in kinds}
