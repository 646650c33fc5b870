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


def test_the_usual_port_is_chosen_if_it_is_free(remembered: Path, free: int) -> None:
    assert ports.choose(remembered, {"api": free}) == {"api": free}


def test_another_port_is_chosen_if_the_usual_one_is_taken(remembered: Path, taken: int) -> None:
    assert ports.choose(remembered, {"api": taken})["api"] != taken


def test_the_next_run_finds_its_ports_again(remembered: Path, taken: int) -> None:
    first = ports.choose(remembered, {"api": taken, "flower": 0})
    assert ports.choose(remembered, {"api": 0, "flower": 0}) == first


def test_a_remembered_port_that_is_taken_is_given_up(remembered: Path, taken: int) -> None:
    remembered.write_text(json.dumps({"api": taken}))
    assert ports.choose(remembered, {"api": 0})["api"] != taken


def test_no_two_servers_get_the_same_port(remembered: Path, free: int) -> None:
    remembered.write_text(json.dumps({"api": free, "flower": free}))
    chosen = ports.choose(remembered, {"api": free, "flower": free, "sms": free})
    assert len(set(chosen.values())) == 3


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"api": "x"}', '{"api": -1}', '{"api": 99999}']
)
def test_a_memory_that_makes_no_sense_is_ignored(remembered: Path, content: str, free: int) -> None:
    remembered.write_text(content)
    assert ports.choose(remembered, {"api": free}) == {"api": free}
