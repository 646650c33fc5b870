"""Secret headers, as httpbin sees them."""

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Outcome
from tests.probes.auth.asking import check, credential, header, request, sent
from tests.probes.conftest import Prober


def pairs(*headers: tuple[str, str]) -> dict[str, object]:
    return {"headers": [{"name": name, "value": value} for name, value in headers]}


@pytest.mark.parametrize(
    "seen", ['"X-One": "1"', '"Authorization": "Custom a b"', '"Cookie": "a=b"']
)
def test_httpbin_sees_each_header(probe: Prober, httpbin: str, seen: str) -> None:
    held = credential(
        "headers", pairs(("X-One", "1"), ("Authorization", "Custom a b"), ("Cookie", "a=b"))
    )
    assert check(probe, f"{httpbin}/headers", held, keyword=seen).outcome is Outcome.UP


def test_a_header_of_the_monitor_is_replaced() -> None:
    held = credential("headers", pairs(("x-one", "1")))
    assert header(sent(held, request(headers=(("X-One", "0"),))), "X-ONE") == "1"


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": []},
        pairs(*[(f"X-{number}", "x") for number in range(21)]),
        pairs(("X-A", "1"), ("x-a", "2")),
        *(
            pairs((name, "x"))
            for name in (
                "Host",
                "content-length",
                "TE",
                "Trailer",
                "Upgrade",
                "Expect",
                "Connection",
            )
        ),
        pairs(("Proxy-Authorization", "x")),
        pairs(("X:", "x")),
        pairs(("X", "a\r\nb")),
        pairs(("X", "a\x7fb")),
        pairs(("X", "x" * 5000)),
        {"headers": [{"name": "X", "value": "x", "more": 1}]},
    ],
)
def test_what_cannot_be_sent_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        credential("headers", fields)
    assert "x" * 100 not in str(refused.value)
