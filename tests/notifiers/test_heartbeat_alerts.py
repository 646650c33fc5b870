"""What is told of a heartbeat, which has no address: its job comes to us."""

from notifiers.texts.sms_text import text_of
from notifiers.wording import wording
from tests.notifiers.alerts import outage

LATE = outage(name="Backup", url="", cause="No ping since yesterday.")


def test_facts_name_no_address_where_there_is_none() -> None:
    assert [label for label, _ in wording(LATE).facts] == ["Cause"]


def test_a_text_message_ends_with_its_last_word() -> None:
    text = text_of(LATE)
    assert text == text.strip()
    assert text.endswith("No ping since yesterday.")
