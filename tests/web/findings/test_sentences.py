"""What a check found is said in the language of the reader."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from domain.health import Metrics, Unknown, judge, judge_queues
from services.operations import health
from tests.conftest import ROOT
from tests.web import outages
from tests.web.reader import Reader
from web import findings
from web.findings.sentences import FINDINGS, PARTS

_PLACE = re.compile(r"%\(\w+\)s")


@contextmanager
def _german() -> Iterator[None]:
    with Flask(__name__).test_request_context(headers={"Cookie": "locale=de"}):
        yield


@pytest.mark.parametrize(
    ("sentence", "german"),
    [
        (
            "Answered 503 Service Unavailable, expected 200-299.",
            "Antwort 503 Service Unavailable, erwartet 200-299.",
        ),
        (
            "The answer took 1,412 ms, more than 800 ms.",
            "Die Antwort dauerte 1.412 ms, mehr als 800 ms.",
        ),
        ("No complete answer within 5 s.", "Keine vollständige Antwort innerhalb von 5 s."),
        (
            "The certificate expires on 2026-12-24, in 6.2 days, less than 7.",
            "Das Zertifikat läuft am 24. Dez. 2026 ab, in 6,2 Tagen, weniger als 7.",
        ),
        (
            "No ping since 2020-11-30 02:06:52 UTC, expected by 2020-12-01 02:30:00 UTC.",
            "Kein Ping seit 30. Nov., 02:06, erwartet bis 1. Dez., 02:30.",
        ),
        (
            "No ping since 2020-13-30, expected by noon.",
            "Kein Ping seit 2020-13-30, erwartet bis noon.",
        ),
        (
            "Header x-id: expected to be absent, found 7.",
            "Header x-id: erwartet keiner, gefunden 7.",
        ),
        (
            "The key distribution center did not answer. It cannot be reached.",
            "Das Key Distribution Center hat nicht geantwortet. Es ist nicht erreichbar.",
        ),
        (
            "The token endpoint did not answer. Connection refused on port 443.",
            "Der Token-Endpunkt hat nicht geantwortet. Verbindung auf Port 443 abgelehnt.",
        ),
    ],
)
def test_a_finding_is_known_by_its_form(sentence: str, german: str) -> None:
    with _german():
        assert findings.translated(sentence) == german


@pytest.mark.parametrize(
    "sentence",
    ["", "Nobody knows this.", "Connection refused on port 1. Nobody knows this.", "x" * 1000],
)
def test_what_is_not_known_stays_as_it_is(sentence: str) -> None:
    with _german():
        assert findings.translated(sentence) == sentence


def test_what_a_server_said_stays_as_it_is() -> None:
    with _german():
        said = findings.translated("The server refused: 554 100 %(x)s of %d. No connection.")
    assert said == "Der Server hat abgelehnt: 554 100 %(x)s of %d. No connection."


def test_every_problem_of_this_service_is_known() -> None:
    metrics = Metrics(
        lag=90,
        waiting=300,
        missing_partitions=["check_results_p20261201"],
        unknown=Unknown(9, 10, 3, 3),
        silent_regions=["eu-west"],
        unarchived=100_000,
    )
    queues = judge_queues({"q.dispatch": 90, "q.housekeeping": 1200})
    problems = [part.problem for part in (*judge(metrics), queues) if part.problem]
    problems += [health.NO_DATABASE, health.NO_REDIS, f"Unknown: {health.NO_DATABASE}"]
    assert len(problems) == 10
    with _german():
        assert [each for each in problems if findings.translated(each) == each] == []


def test_an_incident_says_its_cause_in_german(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada, "Shop")
    incident.detail = "Connection refused on port 5432."
    session.commit()
    ada.speak("de")
    for path in ("/", "/monitors", "/incidents", f"/incidents/{incident.public_id}"):
        assert "Verbindung auf Port 5432 abgelehnt." in ada.get(path).text


def test_every_form_is_one_that_the_code_has() -> None:
    """A sentence that was reworded would be shown in English again."""
    written = "\n".join(_texts())
    parts = [part.strip(" .:,()") for form in (*FINDINGS, *PARTS) for part in _PLACE.split(form)]
    assert [part for part in parts if part not in written] == []


def _texts() -> Iterator[str]:
    """Return each text of the code that checks, without the values in it."""
    for package in ("domain", "probes", "services"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
