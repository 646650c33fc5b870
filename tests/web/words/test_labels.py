"""Every value that pages show has a label."""

from collections.abc import Collection
from typing import get_args

import pytest
from flask import Flask

from domain.alerting.alert import AlertEvent
from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.heartbeat import Signal
from domain.evaluation.outcome import Cause, Outcome
from domain.expiry import Subject
from domain.health import Metrics, judge
from domain.machines import Scheme
from domain.on_call.layer import HandoffKind
from domain.permissions import Permission, Role
from models.delivery import DeliveryState
from models.escalation_policy import TargetKind
from models.export import ExportState
from models.incident import Resolution, Suppression
from models.incident_note import NoteKind
from models.monitor import Backoff
from models.recipient import RecipientState
from models.test_run import TestRunState
from notifiers import registry as notifiers
from probes.auth import registry as schemes
from probes.base import StepName
from services.exports.documents import DOCUMENTS
from services.monitors.kinds import SETTINGS
from web import words
from web.words import Labels

PARTS = ["database", *(each.name for each in judge(Metrics(lag=0))), "redis", "queues"]


@pytest.mark.parametrize(
    ("labels", "values"),
    [
        (words.state, DisplayStatus),
        (words.outcome, Outcome),
        (words.kind, SETTINGS),
        (words.short_kind, SETTINGS),
        (words.cause, [cause.word for cause in Cause]),
        (words.expiry, Subject),
        (words.signal, Signal),
        (words.backoff, Backoff),
        (words.test_run, TestRunState),
        (words.step, get_args(StepName)),
        (words.resolution, Resolution),
        (words.suppression, Suppression),
        (words.note, NoteKind),
        (words.target, TargetKind),
        (words.handoff, HandoffKind),
        (words.channel, notifiers.KINDS),
        (words.event, AlertEvent),
        (words.delivery, DeliveryState),
        (words.export, ExportState),
        (words.document, DOCUMENTS),
        (words.about_document, DOCUMENTS),
        (words.part, PARTS),
        (words.recipient, RecipientState),
        (words.role, Role),
        (words.about_role, Role),
        (words.machine, Scheme),
        (words.scheme, schemes.SCHEMES),
        (words.noun, {each.partition(":")[0] for each in Permission}),
        (words.verb, {each.partition(":")[2] for each in Permission}),
    ],
)
def test_each_value_has_a_label(labels: Labels, values: Collection[str]) -> None:
    assert [value for value in values if value not in labels] == []


def test_a_label_is_in_the_language_of_the_reader() -> None:
    with Flask(__name__).test_request_context(headers={"Cookie": "locale=qps"}):
        assert words.state("down").startswith("[Døwñ")


def test_a_value_without_a_label_is_shown_as_it_is() -> None:
    with Flask(__name__).test_request_context():
        assert words.kind("gopher") == "gopher"


def test_a_select_has_the_chosen_values_in_their_order() -> None:
    with Flask(__name__).test_request_context():
        assert words.state.choices(["down", "up"]) == [("down", "Down"), ("up", "Up")]
