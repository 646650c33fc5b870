"""The keys of messages: who holds which, and what can be made from it."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from security.messages.components import COMPONENTS
from security.messages.keys import MessageKeys, Sender

M1 = f"m1:{base64.b64encode(bytes(range(32))).decode()}"
M2 = f"m2:{base64.b64encode(bytes(range(32, 64))).decode()}"
MASTER = MessageKeys.parse(M1)
BEAT, DISPATCH, CHECKS = (Sender("m1", name) for name in ("beat", "dispatch", "checks"))


def ring(component: str, masters: str = M1, region: str = "default") -> MessageKeys:
    return MessageKeys.parse(MessageKeys.parse(masters).ring_for(component, region=region))


def test_a_key_is_derived_as_rfc_5869_says() -> None:
    key = bytes(range(32))
    for level, step in (("sender", "beat"), ("queue", "q.dispatch")):
        info = f"downtime/message-key/v1/{level}/{step}".encode()
        key = HKDFExpand(hashes.SHA256(), 32, info).derive(key)
    assert MASTER.key(BEAT, "q.dispatch") == key


def test_each_pair_of_a_sender_and_a_queue_has_a_key_of_its_own() -> None:
    queues = [each.queue("default") for each in COMPONENTS.values() if each.reads]
    pairs = [
        (Sender(kid, name), queue)
        for kid in ("m1", "m2")
        for name in COMPONENTS
        for queue in queues
    ]
    both = MessageKeys.parse(f"{M1},{M2}")
    assert len({both.key(*pair) for pair in pairs}) == len(pairs)


def test_what_a_sender_signs_its_reader_verifies() -> None:
    assert ring("beat").key(BEAT, "q.dispatch") == ring("dispatch").key(BEAT, "q.dispatch")
    assert ring("dispatch").key(DISPATCH, "q.checks.default") == ring("checks").key(
        DISPATCH, "q.checks.default"
    )


@pytest.mark.parametrize("name", [name for name, each in COMPONENTS.items() if each.reads])
def test_a_reader_verifies_every_sender_on_its_queue_and_none_on_another(name: str) -> None:
    keys = ring(name)
    own = COMPONENTS[name].queue("default")
    senders = [Sender("m1", each) for each in COMPONENTS if COMPONENTS[each].sends]
    assert all(keys.key(sender, own) for sender in senders)
    for other in ("q.dispatch", "q.checks.default", "q.checks.north", "q.notifications"):
        strangers = [each for each in senders if each.name != name and other != own]
        assert not any(keys.key(sender, other) for sender in strangers)


def test_a_component_signs_what_it_may_send_and_only_as_itself() -> None:
    for name, component in COMPONENTS.items():
        keys = ring(name)
        for task in {task for each in COMPONENTS.values() for task in each.sends}:
            expected = Sender("m1", name) if task in component.sends else None
            assert keys.sender(task) == expected


def test_workers_of_one_region_get_no_key_for_another() -> None:
    north = ring("checks", region="north")
    assert north.key(DISPATCH, "q.checks.north")
    assert north.key(DISPATCH, "q.checks.default") is None
    assert north.reads("q.checks.north")
    assert not north.reads("q.checks.default")


def test_a_component_cannot_make_the_keys_of_another() -> None:
    with pytest.raises(ValueError, match="from master keys"):
        ring("checks").ring_for("dispatch", region="default")


def test_the_first_key_signs_and_all_of_them_verify() -> None:
    keys = ring("dispatch", f"{M2},{M1}")
    assert keys.sender("checks.check") == Sender("m2", "dispatch")
    assert keys.key(BEAT, "q.dispatch") == MASTER.key(BEAT, "q.dispatch")


def test_a_process_without_keys_sends_and_reads_nothing() -> None:
    keys = MessageKeys.parse("")
    assert keys.sender("dispatch.tick") is None
    assert not keys.reads("q.dispatch")
    assert keys.key(BEAT, "q.dispatch") is None


@pytest.mark.parametrize(
    "text",
    [
        "m1",
        "m1:",
        "m1:short",
        M1 + "!",
        M1.replace("m1", "M 1"),
        M1.replace("m1", "m1/beat/q.dispatch/more"),
        M1.replace("m1", "m1//q.dispatch"),
        f"{M1},{M1}",
    ],
)
def test_a_ring_that_is_not_right_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="DOWNTIME_MESSAGE_KEYS") as raised:
        MessageKeys.parse(text)
    assert M1.partition(":")[2] not in str(raised.value)


def test_a_region_that_cannot_be_one_makes_no_ring() -> None:
    with pytest.raises(ValueError, match="not the name of a queue"):
        MASTER.ring_for("checks", region="north,m9:x")


def test_keys_do_not_show_when_they_are_printed() -> None:
    assert repr(ring("beat")) == "MessageKeys(m1/beat)"
