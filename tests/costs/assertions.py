"""The worst assertions of each type that are taken together, and the answer that is worst for them."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probes.assertions.base import ProbedResponse
from probes.assertions.budget import Budget
from probes.assertions.verdict import judged
from probes.exchange import Response
from probes.kinds.http_settings import HttpSettings
from probes.kinds.sql import SqlSettings

_RANDOM = random.Random(1)
_AB = "".join(_RANDOM.choices("ab", k=256 * 1024))
_OBJECTS = json.dumps([{}] * 16_000).encode()
_LISTS = json.dumps({"b": [1] * 7000, "c": [1] * 6999 + [2], "l": [{}] * 4000}).encode()
_SEARCH = "$..[?!(@.a<@.b)&&!(@.a<@.b)&&!(@.a<@.b)&&!(@.a<@.b)]"
_MANY_HEADERS = tuple((f"X-{each % 20}", _AB[:3000]) for each in range(20))


@dataclass(frozen=True, slots=True)
class Worst:
    assertions: tuple[dict[str, Any], ...]
    response: Response


def _answer(body: bytes = b"", **more: Any) -> Response:  # noqa: ANN401 - those of a response
    return Response(status=200, body=body, body_bytes=len(body), **more)


def _path(path: str, **more: object) -> dict[str, object]:
    return {"type": "json_path", "path": path, "comparison": "exists", **more}


WORST: Mapping[str, tuple[Worst, ...]] = {
    "regex": tuple(
        Worst(({"type": "regex", "pattern": pattern},), _answer(_AB.encode()))
        for pattern in (
            "(a[ab]{12}|b[ab]{13}|a[ab]{14}c|b[ab]{15}a)*$",
            "[ab]*a[ab]{60}c",
            "([ab]*a[ab]{80}){3}$",
            "a(a|b){20}c",
        )
    ),
    "json_path": (
        Worst((_path(_SEARCH),), _answer(_OBJECTS)),
        Worst(tuple(_path(_SEARCH) for _ in range(3)), _answer(_OBJECTS)),
        Worst((_path("$.l[?$.b<$.c||$.b==$.c||$.c==$.b||$.c<$.b]"),), _answer(_LISTS)),
        Worst(
            tuple(_path("$", comparison="==", value=number) for number in range(20)),
            _answer(b"[" + b"{}," * 87_000 + b"{}]"),
        ),
        Worst(
            tuple(_path("$.b", comparison="contains", value=5) for _ in range(20)),
            _answer(json.dumps({"b": [1] * 80_000}).encode()),
        ),
    ),
    "body_size": (
        Worst(({"type": "body_size", "comparison": "<", "value": 0},) * 20, _answer(b"x" * 10**6)),
    ),
    "header": (
        Worst(
            tuple(
                {"type": "header", "name": f"X-{each}", "comparison": "matches", "value": value}
                for each, value in enumerate(["[ab]*a[ab]{60}c", "a(a|b){30}c"] * 2)
            ),
            _answer(headers=_MANY_HEADERS),
        ),
    ),
    "final_url": (
        Worst(
            ({"type": "final_url", "comparison": "matches", "value": "[ab]*a[ab]{200}c"},),
            _answer(),
        ),
    ),
    "http_version": (Worst(({"type": "http_version", "value": "3"},) * 20, _answer()),),
    "tls_version": (Worst(({"type": "tls_version", "value": "1.3"},) * 20, _answer()),),
    "certificate_days_left": (
        Worst(({"type": "certificate_days_left", "value": 1},) * 20, _answer()),
    ),
    "latency_ms": (Worst(({"type": "latency_ms", "value": 1},) * 20, _answer()),),
    "value": (
        Worst(
            ({"type": "value", "comparison": "contains", "value": _AB[:1000]},) * 20,
            _answer(json.dumps([_AB[: 64 * 1024]]).encode()),
        ),
    ),
}

ALL_AT_ONCE = Worst(
    (
        *(_path(_SEARCH) for _ in range(3)),
        {"type": "regex", "pattern": "(a[ab]{12}|b[ab]{13}|a[ab]{14}c|b[ab]{15}a)*$"},
        *(_path("$", comparison="==", value=number) for number in range(16)),
    ),
    _answer(json.dumps([{}] * 9000 + [_AB[: 28 * 1024]]).encode()),
)
"""A document that is bad for all of them together, as far as one can be."""


def judge(worst: Worst) -> Budget:
    """Judge by these as a check does, and return what that took."""
    is_of_sql = any(each["type"] == "value" for each in worst.assertions)
    kind = SqlSettings if is_of_sql else HttpSettings
    settings = kind.model_validate({"assertions": worst.assertions})
    budget = Budget.of(settings.assertions)
    answer = ProbedResponse(worst.response, f"https://a.example/{_AB[:2000]}", 10, budget)
    judged(settings.assertions, answer)
    return budget
