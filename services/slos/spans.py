"""The spans of time in which SLOs are measured."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from domain.analytics.uptime import Span
from services.time_range import Window

Spans = Mapping[int, Sequence[Span]]
"""The spans to measure, by the key of an SLO."""


def around(spans: Spans) -> Window:
    """Return the window that has all of them; there must be one."""
    each = [span for found in spans.values() for span in found]
    return window_of(Span(min(span.start for span in each), max(span.end for span in each)))


def window_of(span: Span) -> Window:
    return Window(datetime.fromtimestamp(span.start, UTC), datetime.fromtimestamp(span.end, UTC))
