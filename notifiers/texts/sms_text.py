"""What an alert says in a text message, as short as possible: each segment is paid for."""

import unicodedata

from domain.alerting.alert import OPENINGS, Alert, AlertEvent, spoken_duration
from notifiers.one_line import one_line
from notifiers.sentences import acknowledged_by, subject_and_sentence
from notifiers.wording import name_of, named_parts, wording

# Characters of GSM 03.38, of one septet each, and those that take two.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
# Quotation marks, dashes and the like would make the whole text three times as long.
_PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
    }
)
_FORMS = {
    AlertEvent.DOWN: "{loud}: {name} since {since}.",
    AlertEvent.DEGRADED: "{loud}: {name} since {since}.",
    AlertEvent.REMINDER: "STILL {loud}: {name} since {since}.",
    AlertEvent.UP: "RECOVERED: {name}, {failed} for {lasted} from {since}.",
    AlertEvent.MISSED: "{was}: {name} for {lasted} from {since}. Up again.",
    AlertEvent.ENDED: "DELETED: {name}, {state} since {since}.",
    AlertEvent.ACKNOWLEDGED: "ACKNOWLEDGED{person}: {name}, {state} since {since}.",
}
# What is over, or cared for, needs no reason.
_WITHOUT_CAUSE = frozenset(_FORMS) - OPENINGS - {AlertEvent.REMINDER}
# Their subjects say enough.
_IN_SHORT = frozenset(
    {
        AlertEvent.FLAPPING,
        AlertEvent.STABLE,
        AlertEvent.EXPIRY,
        AlertEvent.BURN_RATE,
        AlertEvent.CHANNEL_DISABLED,
        AlertEvent.QUOTA,
    }
)
_TAILS = {AlertEvent.FLAPPING: " Notifications are suppressed until it is stable."}
# The room in a text that is alone, and in each of several.
_SEPTETS = (160, 153)
_UNITS = (70, 67)
_MOST_SEGMENTS = 2
_MOST_TO_CONFIRM = 3
_LONGEST_NAME = 60
_LONGEST_PERSON = 30


def text_of(alert: Alert) -> str:
    """Write what matters most first. What does not fit is cut or left out."""
    if alert.rendered.text:
        return _in_own_words(alert)
    name = plain(name_of(alert))
    # Without this link, or the name of the sender, the message would be useless.
    link = f" {plain(alert.confirm_link)}" if alert.confirm_link else ""
    most = _MOST_TO_CONFIRM if link else _MOST_SEGMENTS
    lengths = range(min(len(name), _LONGEST_NAME), -1, -1)
    headlines = (_headline(alert, name[:length].rstrip()) + link for length in lengths)
    shortest = _headline(alert, "") + link
    text = next((each for each in headlines if segments(each) <= most), shortest)
    text = _with(text, plain(alert.acknowledge_link))
    if alert.event is AlertEvent.DIGEST:
        text = _with_cause(text, plain(named_parts(alert)))
    elif alert.event not in _WITHOUT_CAUSE and not alert.headline:
        text = _with_cause(text, plain(alert.cause))
    return _for_free(text, plain(alert.url))


def _in_own_words(alert: Alert) -> str:
    """Cut the organization's text to what fits, the way to acknowledge behind it if there is room."""
    lines = wording(alert).sentence.split("\n")
    text = _cut("\n".join(plain(line) for line in lines))
    return _with(text, plain(alert.acknowledge_link))


def _cut(text: str) -> str:
    if fits(text):
        return text
    most = min(len(text), _MOST_SEGMENTS * _SEPTETS[1])
    cuts = (f"{text[:length].rstrip()}..." for length in range(most, -1, -1))
    return next(cut for cut in cuts if fits(cut))


def plain(text: str) -> str:
    """Return one line, with what GSM 03.38 lacks replaced where another sign says the same."""
    return one_line(unicodedata.normalize("NFC", text).translate(_PLAIN))


def fits(text: str) -> bool:
    """Return whether the text takes at most two segments."""
    return segments(text) <= _MOST_SEGMENTS


def is_gsm(text: str) -> bool:
    """Return whether GSM 03.38 has all characters of the text, so that it need not be UTF-16."""
    return all(sign in _BASIC or sign in _EXTENDED for sign in text)


def segments(text: str) -> int:
    """Count the messages that a phone network makes of it, each of which is paid for.

    GSM 03.38 has 7 bits for a character, 14 for some; any other character turns the whole text into
    UTF-16. No character is torn apart between two messages (3GPP TS 23.040, 9.2.3.24.1).
    """
    if is_gsm(text):
        sizes, (alone, each) = [1 + (sign in _EXTENDED) for sign in text], _SEPTETS
    else:
        sizes, (alone, each) = [1 + (sign > "\uffff") for sign in text], _UNITS
    if sum(sizes) <= alone:
        return 1
    count, room = 1, each
    for size in sizes:
        if size > room:
            count, room = count + 1, each
        room -= size
    return count


def _headline(alert: Alert, name: str) -> str:
    form = _FORMS.get(alert.event)
    if form is None or alert.started_at is None:
        subject, sentence = subject_and_sentence(alert, name)
        return f"{subject}.{_TAILS.get(alert.event, '')}" if alert.event in _IN_SHORT else sentence
    state = _state(alert)
    failed = "authorization failed" if alert.is_authorization else state
    person = plain(acknowledged_by(alert))[:_LONGEST_PERSON].rstrip()
    return form.format(
        name=name,
        state=state,
        loud=state.upper(),
        failed=failed,
        was=failed.upper() if alert.is_authorization else f"WAS {failed.upper()}",
        person=f" by {person}" if person else "",
        since=f"{alert.started_at:%d %b %H:%M} UTC",
        lasted=spoken_duration(alert.duration) if alert.duration is not None else "a while",
    )


def _state(alert: Alert) -> str:
    if alert.is_authorization:
        return "authorization failing"
    degraded = alert.is_degraded or alert.event is AlertEvent.DEGRADED
    return "degraded" if degraded else "down"


def _with(text: str, more: str) -> str:
    longer = f"{text} {more}".rstrip()
    return longer if fits(longer) else text


def _for_free(text: str, more: str) -> str:
    """Add what the name and the link already lead to, where that costs no further segment."""
    longer = f"{text} {more}".rstrip()
    return longer if segments(longer) == segments(text) else text


def _with_cause(text: str, cause: str) -> str:
    whole = f"{text} {cause}".rstrip()
    cuts = (f"{text} {cause[:length].rstrip()}..." for length in range(len(cause) - 1, 0, -1))
    return next((longer for longer in (whole, *cuts) if fits(longer)), text)
