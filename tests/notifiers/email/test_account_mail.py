"""What is told to people about their accounts, and that no stranger words it."""

from email.headerregistry import Address
from typing import Any

import pytest

from domain.alerting.account_event import AccountEvent, AccountMailContent
from notifiers.email.account_mail import compose

SENDER = Address("Downtime Monitor", "alerts", "downtime.test")
ADA = Address(username="ada", domain="example.test")
LINK = "https://downtime.test/links/invitation/token"


def mail(event: AccountEvent, **values: Any) -> tuple[str, str]:  # noqa: ANN401 - those of a letter
    """Return the subject and the text of the mail about something."""
    content = AccountMailContent(
        key="key", event=event, address="ada@example.test", system="https://downtime.test", **values
    )
    message = compose(content, sender=SENDER, recipient=ADA)
    return message["Subject"], message.get_content()


@pytest.mark.parametrize("event", AccountEvent)
def test_there_are_words_for_everything_and_they_say_where_it_is(event: AccountEvent) -> None:
    subject, text = mail(event, link=LINK)
    assert subject
    assert "https://downtime.test" in text
    assert f"\n{LINK}\n" in text
    assert "{" not in text


def test_subjects_are_told_apart() -> None:
    assert len({mail(event)[0] for event in AccountEvent}) == len(AccountEvent)


@pytest.mark.abuse(67)
def test_what_a_stranger_wrote_stays_on_its_own_line_and_out_of_the_head() -> None:
    name = "Shop\r\nBcc: all@example.test\r\n\r\n{{7*7}} {system} " + "x" * 300
    subject, text = mail(AccountEvent.INVITATION, facts=(("Organization", name),), link=LINK)
    assert subject == mail(AccountEvent.INVITATION)[0]
    (line,) = [each for each in text.splitlines() if "Bcc" in each]
    assert line.startswith("Organization: Shop Bcc: all@example.test {{7*7}} {system} x")
    assert len(line) < 120


def test_the_same_letter_has_the_same_id_in_every_attempt() -> None:
    content = AccountMailContent(
        key="7", event=AccountEvent.EMAIL_ALLOW, address="a@b.test", system=""
    )
    ids = {compose(content, sender=SENDER, recipient=ADA)["Message-ID"] for _ in range(2)}
    assert ids == {"<7@downtime.test>"}
