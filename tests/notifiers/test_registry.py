"""The contract of every notifier: kinds, documents, and how each behaves when its server is gone."""

import pytest
from structlog.testing import capture_logs

from domain.alert import Alert, AlertEvent
from models.contact import ChannelKind
from notifiers.base import NotifierError
from notifiers.registry import NOTIFIERS, make
from tests.conftest import ROOT
from tests.notifiers.alerts import outage, recovery
from tests.notifiers.settings import settings

ADDRESSES = {"email": "ann@example.org", "sms": "+4915112345678"}
GONE = settings(
    SMTP_URL="smtp://127.0.0.1:1",
    sms_gateway_url="http://127.0.0.1:1",
    sms_account="AC1",
    sms_token="very-secret",
    sms_sender="+15005550006",
)
KINDS = sorted(NOTIFIERS)


def test_there_is_a_notifier_for_each_kind_of_channel() -> None:
    assert KINDS == sorted(ADDRESSES) == sorted(ChannelKind)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_documented_in_one_row(kind: str) -> None:
    rows = (ROOT / "docs" / "notifiers.md").read_text().splitlines()
    assert len([row for row in rows if row.startswith(f"| `{kind}` |")]) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alert", [outage(), recovery(), recovery(event=AlertEvent.ENDED)])
def test_a_provider_that_is_gone_is_a_temporary_failure_in_harmless_words(
    kind: str, alert: Alert
) -> None:
    with pytest.raises(NotifierError) as caught:
        make(kind, GONE).send(ADDRESSES[kind], alert)
    assert not caught.value.permanent
    assert not any(word in str(caught.value) for word in ("127.0.0.1", "secret", "Traceback"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("address", ["", "\r\n", "x" * 1000, "\ud800"])
def test_no_address_makes_a_notifier_break(kind: str, address: str) -> None:
    with pytest.raises(NotifierError):
        make(kind, GONE).send(address, outage())


@pytest.mark.parametrize(
    "wrong",
    [
        {"SMTP_URL": "http://ann:very-secret@mail.example"},
        {"SMTP_URL": "smtp://ann:very-secret@mail.example?cafile=/nowhere.pem"},
        {"mail_sender": "nobody"},
    ],
)
def test_settings_that_cannot_be_used_are_told_to_the_operator_alone(
    wrong: dict[str, str],
) -> None:
    with capture_logs() as logs, pytest.raises(NotifierError) as caught:
        make("email", settings(**wrong))
    assert (str(caught.value), caught.value.permanent) == (
        "This service is not set up to send this.",
        False,
    )
    assert [entry["event"] for entry in logs] == ["notifier_not_set_up"]
    assert "very-secret" not in str(logs)


def test_a_kind_that_only_a_newer_version_knows_is_tried_again() -> None:
    with pytest.raises(NotifierError) as caught:
        make("pigeon", GONE)
    assert not caught.value.permanent
