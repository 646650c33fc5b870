"""The choice of ports: the usual one, a free one instead, and the same again next time."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((ports.HOST, 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.socket() as server:
        server.bind((ports.HOST, 0))
        port: int = server.getsockname()[1]
        return port


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    return tmp_path / "ports.json"


def chosen(remembered: Path, usual: dict[str, int], **wanted: int) -> dict[str, int]:
    return ports.choose(remembered, ports.Preferred(usual, wanted)).ports


def reasons(remembered: Path, usual: dict[str, int], **wanted: int) -> dict[str, str]:
    return ports.choose(remembered, ports.Preferred(usual, wanted)).reasons


def test_the_usual_port_is_chosen_if_it_is_free(remembered: Path, free: int) -> None:
    assert chosen(remembered, {"api": free}) == {"api": free}
    assert reasons(remembered, {"api": free}) == {}


def test_another_port_is_chosen_if_the_usual_one_is_taken_and_it_says_why(
    remembered: Path, taken: int
) -> None:
    choice = ports.choose(remembered, ports.Preferred({"api": taken}))
    assert choice.ports["api"] != taken
    assert choice.reasons == {"api": f"Port {taken} is in use by another program"}


def test_the_next_run_finds_its_ports_again_and_need_not_say_why(
    remembered: Path, taken: int
) -> None:
    first = chosen(remembered, {"api": taken, "flower": 0})
    assert chosen(remembered, {"api": taken, "flower": 0}) == first
    assert reasons(remembered, {"api": taken, "flower": 0}) == {}


def test_a_remembered_port_that_is_taken_is_given_up(remembered: Path, taken: int) -> None:
    remembered.write_text(json.dumps({"api": taken}))
    choice = ports.choose(remembered, ports.Preferred({"api": 0}))
    assert choice.ports["api"] != taken
    assert choice.reasons == {"api": f"Port {taken} is in use by another program"}


def test_a_port_that_is_wanted_goes_before_the_one_of_the_last_run_and_is_remembered(
    remembered: Path, free: int
) -> None:
    previous = chosen(remembered, {"api": 0})["api"]
    assert previous != free
    assert chosen(remembered, {"api": 0}, api=free) == {"api": free}
    assert chosen(remembered, {"api": 0}) == {"api": free}


def test_a_wanted_port_that_is_taken_leaves_that_of_the_last_run_and_says_why(
    remembered: Path, taken: int
) -> None:
    previous = chosen(remembered, {"api": 0})["api"]
    choice = ports.choose(remembered, ports.Preferred({"api": 0}, {"api": taken}))
    assert choice.ports == {"api": previous}
    assert choice.reasons == {"api": f"Port {taken} is in use by another program"}


def test_no_two_servers_get_the_same_port(remembered: Path, free: int) -> None:
    remembered.write_text(json.dumps({"api": free, "flower": free}))
    found = chosen(remembered, {"api": free, "flower": free, "sms": free})
    assert len(set(found.values())) == 3


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"api": "x"}', '{"api": -1}', '{"api": 99999}']
)
def test_a_memory_that_makes_no_sense_is_ignored(remembered: Path, content: str, free: int) -> None:
    remembered.write_text(content)
    assert chosen(remembered, {"api": free}) == {"api": free}


def test_a_memory_is_replaced_as_a_whole(remembered: Path, free: int) -> None:
    remembered.with_name(".ports.json.new").write_text("half of")
    chosen(remembered, {"api": free})
    assert list(remembered.parent.iterdir()) == [remembered]
