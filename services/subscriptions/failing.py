"""Disables subscriptions that failed for a week, and notifies their owners."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from models import Delivery
from services.contacts import channel_health

FAILS_FOR = timedelta(days=7)
"""The time from the first to the last failure, without a success in between.

A change of the subscription, or enabling it, restarts that week.
"""


def disable(session: Session, *, now: datetime) -> None:
    """Disable the subscriptions that failed for a week."""
    failing = session.execute(_FAILING, {"since": now - FAILS_FOR, "for": FAILS_FOR}).all()
    for row in failing:
        channel_health.disable(
            session,
            session.get_one(Delivery, row.delivery_id),
            reason=f"Every attempt within a week failed. The last answer: {row.answer}",
            now=now,
        )


# For subscriptions with a success this week, nothing else is read.
_FAILING = text("""
    SELECT f.delivery_id, f.answer
    FROM event_subscriptions s
    JOIN channels c ON c.id = s.channel_id AND c.disabled_at IS NULL
    CROSS JOIN LATERAL (
        SELECT min(a.ended_at) AS began, max(a.ended_at) AS last,
            (array_agg(a.delivery_id ORDER BY a.ended_at DESC))[1] AS delivery_id,
            (array_agg(a.answer ORDER BY a.ended_at DESC))[1] AS answer
        FROM deliveries d JOIN delivery_attempts a ON a.delivery_id = d.id
        WHERE d.channel_id = c.id AND d.event = 'event' AND NOT a.accepted
            AND a.ended_at >= s.updated_at AND a.ended_at > coalesce((
                SELECT max(sent_at) FROM deliveries t
                WHERE t.channel_id = c.id AND t.event = 'event' AND t.state = 'sent'),
                '-infinity')
    ) f
    WHERE f.last - f.began >= :for AND NOT EXISTS (
        SELECT FROM deliveries t
        WHERE t.channel_id = c.id AND t.event = 'event' AND t.state = 'sent' AND t.sent_at > :since)
    ORDER BY s.id
""")
