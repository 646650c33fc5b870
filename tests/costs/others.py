"""The worst of what else an organization writes and somebody evaluates later: the API, or a task of its own."""

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from domain.alerting.alert import AlertEvent
from domain.on_call import schedule as on_call_schedule
from domain.on_call.layer import Handoff, HandoffKind, Hours, Layer
from domain.on_call.schedule import Schedule
from notifiers.templates import templates
from notifiers.templates.engine import TemplateError
from notifiers.templates.templates import Medium
from security.jwt import client_keys, jwk
from security.private_keys import costs as key_costs
from services import cron
from services.maintenance import recurrence
from services.on_call import rota
from services.on_call.limits import MOST_HOURS, MOST_LAYERS
from tests.notifiers.alerts import outage
from tests.security import costly_files as make

Act = Callable[[], object]
_NOW = datetime(2026, 1, 31, 8, 12, 5)  # noqa: DTZ001 - what a clock on the wall shows
_ZONE = ZoneInfo("Europe/Berlin")
_NEVER = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"
_RARE = "FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=0"
_DENSE = f"FREQ=HOURLY;BYHOUR={','.join(map(str, range(24)))};BYDAY=MO,TU,WE,TH,FR,SA,SU"
_LOOPS = "{% for one in also_down %}{% for two in also_down %}"
_ENDS = "{% endfor %}{% endfor %}x"
_WORK = "cause" + "|urlencode" * 6
_FILTERS = f"{_LOOPS}{{% if {_WORK}|length == 0 %}}{{% endif %}}{_ENDS}"
_CONSTANTS = f"{_LOOPS}{{% if '{'x' * 5000}'|upper == '' %}}{{% endif %}}{_ENDS}"
_CONDITIONS = f"{_LOOPS}{'{% if one == two %}{% endif %}' * 450}{_ENDS}"
_ALERT = replace(outage(cause="😀" * 1000), also_down=("Basket",) * 50)


@dataclass(frozen=True, slots=True)
class Worst:
    act: Act
    most_calls: int


def _number(bits: int) -> str:
    content = ((1 << bits) - 1).to_bytes(bits // 8)
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _occurrences(rule: str) -> Act:
    def act() -> None:
        checked = recurrence.checked(rule)
        found = recurrence.local_starts(
            checked, _NOW, _ZONE, after=_NOW, before=_NOW + timedelta(days=366)
        )
        list(islice(found, 10_000))

    return act


def _next(expression: str) -> Act:
    # The longest time without a leap day is around the year 2100.
    moment = datetime(2096, 3, 1, tzinfo=UTC)
    return lambda: cron.next_after(cron.checked(expression), "Europe/Berlin", moment)


def _first(rule: str) -> Act:
    return lambda: next(recurrence.local_starts(rule, _NOW, _ZONE, after=_NOW), None)


def _rendered(medium: Medium, source: str) -> Act:
    """Write a message as a relay does; one that takes too long is refused."""

    def act() -> None:
        with suppress(TemplateError):
            templates.render(medium, source, _ALERT)

    return act


def _checked(medium: Medium, source: str) -> Act:
    return lambda: templates.problems(medium, source, AlertEvent.DOWN)


def _shifts(days: timedelta) -> Act:
    """Look through the largest schedule, of which every minute of duty is seen and none ends a shift."""

    def layer(number: int) -> Layer:
        begins = [MOST_LAYERS * each + number for each in range(MOST_HOURS)]
        times = [time(minute // 60, minute % 60) for minute in begins]
        return Layer(
            contact_ids=[1, 1],
            local_start=datetime(2026, 1, 1, 0, number),  # noqa: DTZ001 - a time of clocks
            handoff=Handoff(kind=HandoffKind.HOURLY),
            hours=[
                Hours(weekdays=frozenset(range(7)), begin=each, end=each.replace(second=30))
                for each in times
            ]
            if number
            else [],
        )

    schedule = Schedule(zone=_ZONE, layers=[layer(number) for number in range(MOST_LAYERS)])
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return lambda: on_call_schedule.shifts(schedule, start, start + days, most=rota.MOST + 1)


_RSA_JWK = {"kty": "RSA", "n": _number(8192), "e": "AQAB"}

WORST: Mapping[str, Worst] = {
    "recurrence, every hour of a year": Worst(_occurrences(_DENSE), 200_000),
    "recurrence, never": Worst(_first(_NEVER), 10_000),
    "recurrence, hardly ever": Worst(_first(_RARE), 10_000),
    "cron, hardly ever": Worst(_next("59 23 29 2 *"), 100_000),
    "cron, in some years": Worst(_next("0 0 29 2 1#5"), 100_000),
    "template, filters": Worst(_rendered(Medium.TEXT, _FILTERS), 1_000_000),
    "template, constants": Worst(_rendered(Medium.TEXT, _CONSTANTS), 50_000),
    "template, conditions": Worst(_rendered(Medium.TEXT, _CONDITIONS), 1_000_000),
    "template, markup": Worst(_rendered(Medium.HTML, "<i>x</i>" * 500), 20_000),
    "template, JSON": Worst(_rendered(Medium.BODY, "[" + "[]," * 5000 + "1]"), 20_000),
    "template, when it is set": Worst(_checked(Medium.TEXT, _CONDITIONS), 1_000_000),
    "shifts of the largest schedule": Worst(_shifts(rota.LONGEST), 1_700_000),
    "recipient's key (JWK)": Worst(lambda: jwk.read(_RSA_JWK), 10_000),
    "service account's key (JWK)": Worst(lambda: client_keys.read(_RSA_JWK), 10_000),
    "parameters of a PKCS#12 file": Worst(
        lambda: key_costs.check_pkcs12(make.pkcs12(*[make.plain_part()] * 350)), 60_000
    ),
}
