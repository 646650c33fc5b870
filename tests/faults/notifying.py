"""Rules about messages: each channel is told of each incident once and of its end, in order."""

from collections.abc import Iterator, Sequence

from tests.faults.evidence import Message, Watched


def messages(watched: Watched, channels: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Each channel hears of each incident once, then of its end, in order; repeats keep their key.

    One message may tell of both, also where the first one arrived and nobody could write that down.
    """
    expected = [
        event
        for outage in sorted(watched.outages, key=lambda each: each.started)
        for event in (["down"] if outage.ended is None else ["down", "up"])
    ]
    heard: dict[tuple[str, str], dict[str, Message]] = {channel: {} for channel in channels}
    for message in sorted(watched.messages):
        known = heard.setdefault((message.kind, message.address), {})
        first = known.setdefault(message.key, message)
        if first.event != message.event:
            yield f"{message.address} got {first.event} and {message.event} under one key"
    for (kind, address), known in heard.items():
        events = in_full([message.event for message in known.values()])
        if events != (expected if (kind, address) in channels else []):
            yield f"{kind} {address} heard {events}, expected {expected}"


def in_full(events: Sequence[str]) -> list[str]:
    """Say `missed` as what it tells: the end, and before it the beginning if that was not told."""
    full: list[str] = []
    for event in events:
        if event != "missed":
            full.append(event)
        else:
            full += ["up"] if full[-1:] == ["down"] else ["down", "up"]
    return full
