"""What every kind of probe has to be, and where it has to be written down."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from domain.outcome import Cause, Outcome
from probes.base import KindSettings, ProbeResult, Target
from probes.exchange import Request, Response
from probes.registry import KINDS, Kind
from probes.trouble import ours

DOCS = Path(__file__).parents[2] / "docs" / "probes.md"
EXAMPLES = {"http": "https://example.com/"}

each_kind = pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=list(KINDS))


def example(name: str, kind: Kind) -> Target:
    return Target(
        kind=name,
        url=kind.validate_url(EXAMPLES[name]),
        timeout_seconds=10,
        latency_threshold_ms=None,
        settings=kind.settings(),
    )


@each_kind
def test_a_kind_needs_no_settings_and_takes_no_unknown_ones(name: str, kind: Kind) -> None:
    assert issubclass(kind.settings, KindSettings), name
    with pytest.raises(ValidationError, match="extra_forbidden"):
        kind.settings.model_validate({"no_such_setting": 1})


@each_kind
def test_the_settings_of_a_kind_survive_being_stored(name: str, kind: Kind) -> None:
    stored = kind.settings().model_dump(mode="json")
    assert kind.settings.model_validate(stored) == kind.settings(), name
    assert kind.settings.model_json_schema()["additionalProperties"] is False


@each_kind
def test_an_address_is_refused_with_a_sentence_or_stored_for_good(name: str, kind: Kind) -> None:
    stored = kind.validate_url(EXAMPLES[name])
    assert kind.validate_url(stored) == stored
    with pytest.raises(ValueError, match=r"\.$"):
        kind.validate_url("")


@each_kind
def test_invariant_1_trouble_of_ours_is_never_down(name: str, kind: Kind) -> None:
    conversation = kind.probe(example(name, kind))
    assert isinstance(next(conversation), Request)
    with pytest.raises(StopIteration) as ended:
        conversation.send(Response(trouble=ours("Broken.")))
    result = ended.value.value
    assert isinstance(result, ProbeResult)
    assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)


@each_kind
def test_a_kind_is_documented(name: str, kind: Kind) -> None:
    assert f"| `{name}` |" in DOCS.read_text()
    for setting in kind.settings.model_fields:
        assert f"`{setting}`" in DOCS.read_text(), setting
