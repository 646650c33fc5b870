"""Which refusals of a mail server end the channel, and which are the operator's to mend."""

import pytest
from structlog.testing import capture_logs

from notifiers.base import NotifierError
from tests.notifiers.alerts import outage
from tests.notifiers.mail_server import MailServer
from tests.notifiers.mails import TO_ANN, notifier


def refusal(url: str) -> NotifierError:
    with pytest.raises(NotifierError) as caught:
        notifier(url).send(TO_ANN, outage())
    return caught.value


@pytest.mark.parametrize(
    ("command", "answer", "gone"),
    [
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "550 no such user", True),
        ("RCPT", "551 user not local", True),
        ("RCPT", "553 mailbox name not allowed", True),
        ("RCPT", "556 domain takes no mail", True),
        ("RCPT", "552 mailbox full", False),
        ("RCPT", "554 transaction failed", False),
        ("RCPT", "501 syntax error", False),
        ("RCPT", "550 blocked, see https://rbl.example/", False),
        ("RCPT", "550 your host is on a black list", False),
        ("RCPT", "550 relay not permitted", False),
        ("RCPT", "550 5.1.1 User unknown in relay recipient table", True),
        ("RCPT", "550 5.2.1 mailbox disabled", True),
        ("RCPT", "556 5.1.10 recipient domain takes no mail", True),
        ("RCPT", "550 5.1.8 sender's domain is bad", False),
        ("RCPT", "550 5.7.1 relaying denied", False),
        ("RCPT", "552 5.2.2 mailbox full", False),
        ("RCPT", "450 4.2.1 try later", False),
        ("MAIL", "550 5.1.1 not you", False),
        ("MESSAGE", "554 5.7.1 this is spam", False),
    ],
)
def test_only_a_mailbox_that_is_not_there_ends_the_channel(
    command: str,
    answer: str,
    gone: bool,  # noqa: FBT001 - a column of the table
) -> None:
    with MailServer({command: answer}) as server:
        assert refusal(server.url).channel_gone is gone


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
@pytest.mark.parametrize(
    "answer",
    ["550 relay not permitted", "554 5.7.1 <ann@example.org>: Relay access denied",
     "550 5.7.1 Unable to relay", "550 we are not allowed to relay", "553 relaying denied"],
)  # fmt: skip
def test_a_server_that_passes_on_nothing_for_us_is_the_operators_to_mend(
    answer: str, command: str
) -> None:
    with MailServer({command: answer}) as server, capture_logs() as logs:
        error = refusal(server.url)
    assert (error.permanent, str(error)) == (
        False,
        "The mail server does not relay mail for this service.",
    )
    assert [entry["event"] for entry in logs] == ["mail_server_does_not_relay"]
