"""The kind `mqtt`, against Mosquitto."""

from collections.abc import Iterator

import pytest

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.conftest import Prober
from tests.probes.kinds.test_contract import saying, verdict
from tests.servers.certificates import Certificates
from tests.servers.mosquitto import Ports, mosquitto


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Ports]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto"), certificates) as ports:
        yield ports


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_broker_that_takes_us_is_up(probe: Prober, broker: Ports, version: str) -> None:
    result = probe(f"mqtt://127.0.0.1:{broker.plain}", kind="mqtt", version=version)
    assert (result.outcome, result.detail) == (Outcome.UP, "")
    assert result.timings.first_byte > 0


def test_tls_is_verified(probe: Prober, broker: Ports) -> None:
    result = probe(f"mqtts://127.0.0.1:{broker.tls}", kind="mqtt")
    assert result.outcome is Outcome.UP
    assert result.timings.tls > 0
    plain = probe(f"mqtts://127.0.0.1:{broker.plain}", kind="mqtt", timeout=1)
    assert plain.outcome is Outcome.DOWN


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_broker_that_wants_a_login_says_so(probe: Prober, broker: Ports, version: str) -> None:
    url = f"mqtt://127.0.0.1:{broker.locked}"
    result = probe(url, kind="mqtt", version=version)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.startswith("The broker requires a login (code ")
    accepted = probe(url, kind="mqtt", version=version, accept_refusal=True)
    assert accepted.outcome is Outcome.UP


@pytest.mark.parametrize(
    ("said", "cause", "detail"),
    [
        (
            b"\x20\x02\x00\x03",
            Cause.ANSWER,
            "The broker refused the connection: it is not available (code 3).",
        ),
        (
            b"\x20\x02\x00\x77",
            Cause.ANSWER,
            "The broker refused the connection: for an unknown reason (code 119).",
        ),
        (b"SSH-2.0-x\r\n", Cause.PROTOCOL, "The answer is not MQTT: SSH-2.0-x"),
        (b"\x20\x01\x00\x00", Cause.PROTOCOL, ""),
    ],
)
def test_a_refusal_is_told_in_words(probe: Prober, said: bytes, cause: Cause, detail: str) -> None:
    found, words = verdict(probe, "mqtt", saying(said))
    assert found is cause
    assert words.startswith(detail or "The answer is not MQTT: ")
