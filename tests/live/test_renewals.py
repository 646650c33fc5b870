"""Pages fetch themselves after a while, for the hints that were never published."""

import asyncio

import pytest

from domain.hints import parse
from live.hub import Hub
from live.streams import Stream
from live.subscription import Subscription, client

NOWHERE = "redis://127.0.0.1:1/0"
"""What nobody publishes is nowhere in Redis, so it needs none."""


def heard(hub: Hub, subscription: Subscription, streams: list[Stream]) -> list[bytes | None]:
    """Return what each of the streams hears first of the renewals."""

    async def listen() -> list[bytes | None]:
        for stream in streams:
            hub.enter(stream)
        renewing = asyncio.create_task(subscription.renew(0.06))
        try:
            return list(await asyncio.gather(*(stream.next() for stream in streams)))
        finally:
            renewing.cancel()

    return asyncio.run(listen())


@pytest.mark.parametrize("organization_id", [1, 59, 60, 61])
def test_each_page_is_to_fetch_itself_once_in_a_while(organization_id: int) -> None:
    hub = Hub()
    streams = [Stream(organization_id, b"session", 0), Stream(7, b"other", 0)]
    said = heard(hub, Subscription(client(NOWHERE), hub), streams)
    for piece in said:
        assert piece is not None
        # No page shows such a version, so each that hears it fetches itself.
        assert parse(piece.removeprefix(b"data: ")).version < 0
