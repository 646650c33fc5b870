"""The metrics that the database holds."""

from prometheus_client.core import Metric

from api.metrics.families import counter, gauge, gauges
from services.operations.overview import Overview


def metrics(counts: Overview) -> list[Metric]:
    lags = {
        "published": counts.lags.published,
        "verified": counts.lags.verified,
        "closed": counts.lags.closed,
    }
    return [
        gauges("monitors", "Monitors by state.", "state", counts.monitors),
        gauges(
            "deliveries",
            "Deliveries that are pending or dead, by state.",
            "state",
            counts.deliveries,
        ),
        gauges("watermark_age_seconds", "Lag of the slowest shard.", "watermark", lags),
        gauge(
            "unknown_slots",
            "Checks of the last hour whose outcome is unknown.",
            counts.unknown_slots,
        ),
        counter(
            "dispatch_stalled_seconds",
            "Seconds in which no checks were dispatched.",
            counts.stalls.seconds,
        ),
        counter(
            "dispatch_missed_checks",
            "Checks that were missed because none were dispatched.",
            counts.stalls.missed,
        ),
        *_of_history(counts),
    ]


def _of_history(counts: Overview) -> list[Metric]:
    return [
        gauge("stray_rows", "Rows outside of the day partitions.", counts.stray_rows),
        gauge(
            "rollup_age_seconds",
            "Seconds since the end of the last hour rolled up.",
            counts.rollup_age,
        ),
        counter(
            "rollup_refusals",
            "Hours of a monitor that got a row when their day was only in the archive.",
            counts.refused_hours,
        ),
        gauge(
            "archive_lag_seconds",
            "Seconds since the end of the oldest day that is not archived yet.",
            counts.unarchived,
        ),
    ]
