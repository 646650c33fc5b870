"""A signature holds for one message on one queue, from one sender, for a while."""

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.messages.keys import MessageKeys
from security.messages.messages import (
    FUTURE_SECONDS,
    HEADER,
    LONGEST_AGE_SECONDS,
    Messages,
    NoKeyError,
    Reason,
    RefusedError,
    identity,
)
from tests.security.messages.test_keys import M1, M2, ring

NOW = 1_800_000_000.25
QUEUE = "q.dispatch"
EVERYONE = Messages(MessageKeys.parse(M1))
READER = Messages(ring("dispatch"))


def message(task: str = "dispatch.tick", **headers: object) -> dict[str, Any]:
    body = json.dumps([[7], {}, {"callbacks": None}]).encode()
    return {
        "body": base64.b64encode(body).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": task, "id": "an-id", "eta": None, "timelimit": [None, None], **headers},
        "properties": {"body_encoding": "base64", "delivery_tag": "a-tag"},
    }


def signed(task: str = "dispatch.tick", queue: str = QUEUE, **headers: object) -> dict[str, Any]:
    made = message(task, **headers)
    EVERYONE.sign(made, queue, now=NOW)
    return made


def received(sent: dict[str, Any]) -> dict[str, Any]:
    """Make what comes out of Redis again."""
    arrived: dict[str, Any] = json.loads(json.dumps(sent))
    return arrived


def reason(sent: dict[str, Any], queue: str = QUEUE, *, now: float = NOW) -> Reason | None:
    try:
        READER.verify(received(sent), queue, now=now)
    except RefusedError as refused:
        return refused.reason
    return None


def test_a_signed_message_is_believed() -> None:
    assert reason(signed()) is None


def test_the_signature_names_sender_key_and_time_and_tells_messages_apart() -> None:
    one, other = signed(), signed(id="another")
    assert one["headers"][HEADER].startswith("1.m1.beat.1800000000250.")
    assert identity(one["headers"]) == READER.verify(received(one), QUEUE, now=NOW)
    assert identity(one["headers"]) != identity(other["headers"])


def test_what_the_transport_changes_when_it_delivers_again_is_not_signed() -> None:
    sent = signed()
    sent["headers"]["redelivered"] = True
    sent["properties"]["delivery_info"] = {
        "exchange": "",
        "routing_key": QUEUE,
        "redelivered": True,
    }
    assert reason(sent) is None


@pytest.mark.abuse(41)
def test_a_message_without_a_signature_is_refused() -> None:
    assert reason(message()) == Reason.UNSIGNED


@pytest.mark.abuse(41)
@pytest.mark.parametrize(
    "changed",
    [
        {"id": "other"},
        {"eta": "2040-01-01T00:00:00"},
        {"timelimit": [1, 1]},
        {"shadow": "x"},
        {"compression": "application/x-bz2"},
        {"task": "alerting.sweep"},
    ],
)
def test_a_header_that_was_changed_or_added_is_seen(changed: dict[str, Any]) -> None:
    sent = signed()
    sent["headers"] |= changed
    assert reason(sent) == Reason.ALTERED


@pytest.mark.abuse(41)
def test_a_header_that_was_taken_away_is_seen() -> None:
    sent = signed()
    del sent["headers"]["eta"]
    assert reason(sent) == Reason.ALTERED


@pytest.mark.abuse(41)
def test_other_arguments_are_seen() -> None:
    sent = signed()
    sent["body"] = base64.b64encode(json.dumps([[8], {}, {}]).encode()).decode()
    assert reason(sent) == Reason.ALTERED


@pytest.mark.abuse(41)
def test_a_message_put_into_another_queue_is_refused() -> None:
    everyone_reads = MessageKeys.parse(M1)
    with pytest.raises(RefusedError) as refused:
        Messages(everyone_reads).verify(received(signed()), "q.notifications", now=NOW)
    assert refused.value.reason == Reason.ALTERED


@pytest.mark.abuse(41)
def test_a_sender_may_not_send_the_tasks_of_others() -> None:
    # A check worker that was taken over signs a tick with the key that it holds.
    stolen = ring("checks")
    with pytest.raises(NoKeyError):
        Messages(stolen).sign(message(), QUEUE, now=NOW)
    forged = signed("checks.check", "q.dispatch")
    forged["headers"]["task"] = "dispatch.tick"
    name = forged["headers"][HEADER].split(".")[2]
    assert name == "dispatch"
    assert reason(forged) == Reason.SENDER


@pytest.mark.abuse(41)
@pytest.mark.parametrize(
    ("part", "value", "why"),
    [
        (0, "2", Reason.MALFORMED),
        (1, "m9", Reason.KEY),
        (1, "", Reason.KEY),
        (2, "stranger", Reason.SENDER),
        (2, "dispatch", Reason.SENDER),
        (3, "1800000000251", Reason.ALTERED),
        (3, "later", Reason.ALTERED),
        (4, "0" * 64, Reason.ALTERED),
        (4, "", Reason.ALTERED),
    ],
)
def test_a_signature_with_another_part_is_refused(part: int, value: str, why: Reason) -> None:
    sent = signed()
    parts = sent["headers"][HEADER].split(".")
    parts[part] = value
    sent["headers"][HEADER] = ".".join(parts)
    assert reason(sent) == why


@pytest.mark.abuse(41)
def test_a_digest_spelt_otherwise_is_another_so_that_no_record_is_evaded() -> None:
    sent = signed()
    head, _, digest = sent["headers"][HEADER].rpartition(".")
    sent["headers"][HEADER] = f"{head}.{digest.upper()}"
    assert reason(sent) == Reason.ALTERED


@pytest.mark.abuse(41)
@pytest.mark.parametrize(
    ("seconds", "why"),
    [
        (LONGEST_AGE_SECONDS, None),
        (LONGEST_AGE_SECONDS + 1, Reason.STALE),
        (-FUTURE_SECONDS, None),
        (-FUTURE_SECONDS - 1, Reason.FUTURE),
    ],
)
def test_a_message_is_good_for_a_while_only(seconds: float, why: Reason | None) -> None:
    assert reason(signed(), now=NOW + seconds) == why


def test_clocks_that_are_45_seconds_off_either_way_change_nothing() -> None:
    assert reason(signed(), now=NOW + 90) is None
    assert reason(signed(), now=NOW - 90) is None


@pytest.mark.abuse(41)
@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("content-type", "application/x-python-serialize"),
        ("content-type", "application/x-yaml"),
        ("content-encoding", "binary"),
        ("body", ["a", "list"]),
    ],
)
def test_anything_but_json_is_refused_even_if_it_is_signed(place: str, value: object) -> None:
    sent = message()
    sent[place] = value
    EVERYONE.sign(sent, QUEUE, now=NOW)
    assert reason(sent) == Reason.MALFORMED


def test_a_key_that_was_taken_out_of_the_ring_is_not_known_any_more() -> None:
    reader = Messages(ring("dispatch", M2))
    with pytest.raises(RefusedError) as refused:
        reader.verify(received(signed()), QUEUE, now=NOW)
    assert refused.value.reason == Reason.KEY


ROTATION = [M1, f"{M1},{M2}", f"{M2},{M1}", M2]


@pytest.mark.parametrize(
    ("sender", "reader"),
    [(step, step + lag) for step in range(4) for lag in (-1, 0, 1) if 0 <= step + lag < 4],
)
def test_in_a_rotation_processes_one_step_apart_understand_each_other(
    sender: int, reader: int
) -> None:
    sent = message()
    Messages(ring("beat", ROTATION[sender])).sign(sent, QUEUE, now=NOW)
    assert Messages(ring("dispatch", ROTATION[reader])).verify(received(sent), QUEUE, now=NOW)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(headers=st.dictionaries(st.text(), JSON, max_size=6))
def test_any_headers_are_the_same_on_both_sides(headers: dict[str, Any]) -> None:
    sent = message()
    sent["headers"] = headers | sent["headers"]
    EVERYONE.sign(sent, QUEUE, now=NOW)
    assert reason(sent) is None


@given(position=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=6))
def test_no_bit_of_what_is_signed_can_be_changed(position: int, bit: int) -> None:
    sent = signed()
    text = json.dumps([sent["headers"], sent["body"]])
    index = position % len(text)
    turned = text[:index] + chr(ord(text[index]) ^ (1 << bit)) + text[index + 1 :]
    try:
        headers, body = json.loads(turned)
        altered = copy.deepcopy(sent) | {"headers": headers, "body": body}
        READER.verify(altered, QUEUE, now=NOW)
    except Exception:  # noqa: BLE001 - garbage may fail in any way, and is refused by `admit`
        return
    # White space of the text and the like: what it says is still the same.
    assert (headers, body) == (sent["headers"], sent["body"])
