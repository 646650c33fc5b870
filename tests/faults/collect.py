"""What a run left behind, read from its database and its inbox, in the oracle's terms."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from domain.evaluation.slots import phase_of
from models.types import OUTCOME_CODES
from tests.faults import inbox
from tests.faults.evidence import Evidence, Figures, Message, Outage, Row, Span, Stretch, Watched
from tests.faults.injector import Injected
from tests.faults.sites import Sites
from tests.faults.world import CHANNELS, name_of, timeout_of

_OUTCOMES = {code: outcome for outcome, code in OUTCOME_CODES.items()}

_QUIET = text("""
    SELECT NOT EXISTS (SELECT FROM rechecks)
        AND NOT EXISTS (SELECT FROM deliveries WHERE state IN ('pending', 'sending'))
        AND NOT EXISTS (
            SELECT FROM schedules s
            CROSS JOIN LATERAL generate_series(
                s.from_slot + ((s.phase - s.from_slot) % s.interval_seconds + s.interval_seconds)
                    % s.interval_seconds,
                s.until_slot - 1,
                s.interval_seconds) AS slot
            WHERE NOT EXISTS (
                SELECT FROM check_results c WHERE c.monitor_id = s.monitor_id AND c.slot = slot.slot))
""")
_MONITORS = text("""
    SELECT m.name, m.id, s.interval_seconds, s.from_slot, s.until_slot
    FROM schedules s JOIN monitors m ON m.id = s.monitor_id
""")
_ROWS = text("""
    SELECT monitor_id, slot, CAST(outcome AS int), lateness / 100.0
    FROM check_results ORDER BY slot
""")
_BLIND = text("SELECT monitor_id, from_slot, until_slot FROM blind_spans")
_INCIDENTS = text("SELECT monitor_id, started_at, ended_at FROM incidents ORDER BY started_at")
_LEFTOVERS = text("""
    SELECT (SELECT count(*) FROM rechecks) AS rechecks,
        (SELECT count(*) FROM deliveries WHERE state NOT IN ('sent', 'merged')) AS "unsent deliveries",
        (SELECT count(*) FROM check_results_default) AS "rows outside of the day partitions"
""")


def is_quiet(engine: Engine) -> bool:
    """Tell whether all is done that is to be done for schedules that have ended."""
    with engine.connect() as connection:
        return bool(connection.scalar(_QUIET))


def gather(
    engine: Engine,
    directory: Path,
    sites: Sites,
    faults: Sequence[Injected],
    figures: Mapping[str, Figures],
) -> Evidence:
    messages: defaultdict[str, list[Message]] = defaultdict(list)
    for name, message in inbox.read(directory / "inbox"):
        messages[name].append(message)
    numbers = {name_of(number): number for number in range(len(sites.scripts))}
    with engine.connect() as connection:
        rows, outages, blind = _rows(connection), _outages(connection), _blind(connection)
        watched = [
            Watched(
                name=name,
                site=sites.scripts[numbers[name]],
                span=Stretch(phase_of(key, interval), interval, from_slot, until_slot),
                timeout=timeout_of(sites.scripts[numbers[name]]),
                rows=tuple(rows[key]),
                requests=tuple(sites.requests[numbers[name]]),
                figures=figures[name],
                blind=tuple(blind[key]),
                outages=tuple(outages[key]),
                messages=tuple(messages.pop(name, ())),
                stops=tuple(fault.span for fault in faults if fault.stops_checks),
            )
            for name, key, interval, from_slot, until_slot in connection.execute(_MONITORS)
        ]
        leftovers = dict(connection.execute(_LEFTOVERS).mappings().one())
    leftovers["messages about nothing known"] = len(messages)
    leftovers["monitors without a schedule"] = len(numbers) - len(watched)
    return Evidence(
        watched=tuple(watched),
        channels=CHANNELS,
        disturbed=tuple(fault.felt for fault in faults),
        lossy=tuple(fault.lossy for fault in faults),
        blips=tuple(sites.blips),
        standstills=tuple(fault.span for fault in faults if fault.is_standstill),
        leftovers={str(noun): int(count) for noun, count in leftovers.items()},
    )


def _rows(connection: Connection) -> defaultdict[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for monitor_id, slot, code, lateness in connection.execute(_ROWS):
        found[monitor_id].append(Row(slot, _OUTCOMES[code], float(lateness)))
    return found


def _blind(connection: Connection) -> defaultdict[int, list[Span]]:
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for monitor_id, from_slot, until_slot in connection.execute(_BLIND):
        found[monitor_id].append(Span(from_slot, until_slot))
    return found


def _outages(connection: Connection) -> defaultdict[int, list[Outage]]:
    found: defaultdict[int, list[Outage]] = defaultdict(list)
    for monitor_id, started_at, ended_at in connection.execute(_INCIDENTS):
        ended = ended_at.timestamp() if ended_at else None
        found[monitor_id].append(Outage(started_at.timestamp(), ended))
    return found
