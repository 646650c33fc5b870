"""The relays of a simulated week: claim, send and mark, each in its transaction, and killed in between."""

from collections.abc import Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from notifiers.base import NotifierError, Receipt
from services import quotas
from services.outbox import wakes
from services.relay import claims, outcomes
from services.relay.claims import Claimed
from services.relay.settings import RelaySettings
from tests.week.blows import Blows
from tests.week.organization import moment
from tests.week.provider import Provider
from tests.week.script import Kind

# A team is small, and its bursts are to become digests.
_SETTINGS = RelaySettings(public_url="https://downtime.test", burst=3)
_MOST = 500
# A thousand monitors of one organization send more texts on a bad day than a customer may.
_LIMITS = {"texts_per_day": 100_000}


class Relay:
    def __init__(self, engine: Engine, provider: Provider, blows: Blows) -> None:
        self._engine = engine
        self._provider = provider
        self._blows = blows

    def send_due(self, now: float) -> None:
        with Session(self._engine) as session, session.begin():
            ids = claims.due(session, now=moment(now), limit=_MOST)
        self.send(ids, now)

    def send(self, ids: Sequence[int], now: float) -> None:
        """Send these, and what had to wait for them."""
        waiting = list(ids)
        while waiting:
            waiting += self._send(waiting.pop(0), now)

    def _send(self, delivery_id: int, now: float) -> list[int]:
        clock = moment(now)
        with Session(self._engine) as session, session.begin():
            quotas.use(session, _LIMITS)
            claimed = claims.claim(session, delivery_id, settings=_SETTINGS, now=clock)
        if claimed is None or self._blows.fall(Kind.UNSENT, now):
            return []
        error = self._attempt(claimed, now)
        if error is None and self._blows.fall(Kind.UNMARKED, now):
            self._provider.lose(claimed.alert)
            return []
        with Session(self._engine) as session, session.begin():
            if error is None:
                outcomes.mark_sent(session, claimed, Receipt("Accepted."), now=clock)
            else:
                outcomes.mark_failed(session, claimed, error, now=clock, chance=1.0)
        return wakes.take(session)

    def _attempt(self, claimed: Claimed, now: float) -> NotifierError | None:
        assert claimed.destination is not None
        try:
            self._provider.send(claimed.kind, claimed.destination.address, claimed.alert, now=now)
        except NotifierError as error:
            return error
        return None
