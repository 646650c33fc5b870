"""What an alert says in a text message, as short as possible: each segment is paid for."""

from collections.abc import Iterator

from domain.alerting.alert import OPENINGS, Alert, AlertEvent, spoken_duration
from notifiers.sentences import (
    acknowledged_by,
    digest_count,
    listing,
    shortened,
    subject_and_sentence,
)
from notifiers.texts.segments import as_gsm, beginning, is_gsm, plain, segments
from notifiers.wording import name_of, named_parts, short_moment, wording

_FORMS = {
    AlertEvent.DOWN: "{loud}: {name} since {since}.",
    AlertEvent.DEGRADED: "{loud}: {name} since {since}.",
    AlertEvent.REMINDER: "STILL {loud}: {name} since {since}.",
    AlertEvent.UP: "RECOVERED: {name}, {failed} for {lasted} from {since}.",
    AlertEvent.MISSED: "{was}: {name} for {lasted} from {since}. Up again.",
    AlertEvent.ENDED: "DELETED: {name}, {state} since {since}.",
    AlertEvent.ACKNOWLEDGED: "ACKNOWLEDGED{person}: {name}, {state} since {since}.",
}
_REMINDED = "STILL {loud} after {lasted}: {name}."
_EASED = "BETTER, STILL DEGRADED: {name}, was down for {down}."
_MIXED = {
    AlertEvent.UP: "RECOVERED: {name}, outage of {lasted} from {since}, down for {down}.",
    AlertEvent.MISSED: "WAS DOWN: {name}, outage of {lasted} from {since}, down for {down}. Up again.",
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
_MOST_SEGMENTS = 2
_MOST_TO_CONFIRM = 3
_LONGEST_TEXT = 306
_LONGEST_NAME = 60
_KEPT_NAME = 40
"""As much of a name is kept before another segment is begun."""
_SHORTEST_CAUSE = 12
"""Less than that of a cause would say nothing."""
_LONGEST_PERSON = 30


def text_of(alert: Alert) -> str:
    """Write what happened, why, and where to go, in this order, in as few segments as possible.

    A cause never begins another segment: it is shortened, or left out. A long name is shortened
    before the link is left out.
    """
    if alert.rendered.text:
        return _in_own_words(alert)
    if alert.event is AlertEvent.DIGEST:
        return _digest(alert)
    link = plain(alert.confirm_link or alert.acknowledge_link)
    headline, link = _essentials(alert, link)
    count = segments(_joined(headline, link))
    has_cause = alert.event not in _WITHOUT_CAUSE and not alert.headline
    text = _with_cause(headline, plain(alert.cause) if has_cause else "", link, count)
    # The page of a link shows the address, too.
    return text if link else _for_free(text, plain(alert.url))


def fits(text: str) -> bool:
    """Return whether the text takes at most two segments."""
    return segments(text) <= _MOST_SEGMENTS


def _essentials(alert: Alert, link: str) -> tuple[str, str]:
    """Return the headline, its name as long as possible, and the link if there is room for it."""
    most = _MOST_TO_CONFIRM if alert.confirm_link else _MOST_SEGMENTS
    name = plain(name_of(alert))
    for longest, kept, counts in (
        (_LONGEST_NAME, _KEPT_NAME, range(1, most + 1)),
        (_KEPT_NAME, 0, (most,)),
    ):
        for count in counts:
            for length in range(min(len(name), longest), min(len(name), kept) - 1, -1):
                headline = _headline(alert, beginning(name, length))
                if segments(_joined(headline, link)) <= count:
                    return headline, link
    # Without this link an opt-in question would be useless.
    return (
        (_headline(alert, ""), link) if alert.confirm_link or not link else _essentials(alert, "")
    )


def _with_cause(headline: str, cause: str, link: str, count: int) -> str:
    """Add as much of the cause as these segments have room for."""
    given = as_gsm(cause) if is_gsm(headline + link) else cause
    lengths = range(len(given), min(len(given), _SHORTEST_CAUSE) - 1, -1)
    texts = (_joined(headline, shortened(given, length), link) for length in lengths)
    return next((each for each in texts if segments(each) <= count), _joined(headline, link))


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _digest(alert: Alert) -> str:
    """Name as many monitors as there is room for, and lead to all of them."""
    link = plain(alert.acknowledge_link or alert.page_link)
    texts = (_joined(plain(head), link) for head in _digest_heads(alert))
    return next((text for text in texts if fits(text)), _cut(plain(listing(alert))))


def _digest_heads(alert: Alert) -> Iterator[str]:
    name = beginning(plain(name_of(alert)), _LONGEST_NAME)
    alerts = f"{digest_count(alert)} from {name}"
    yield f"{alerts}. {named_parts(alert)}"
    counts = f"{alerts}: {listing(alert)}."
    for most in range(len(alert.parts) - 1, 0, -1):
        yield f"{counts} {named_parts(alert, most)}"
    yield counts


def _in_own_words(alert: Alert) -> str:
    """Cut the organization's text to what fits; the way to acknowledge stays if it has room at all."""
    lines = wording(alert).sentence.split("\n")
    text, link = "\n".join(plain(line) for line in lines), plain(alert.acknowledge_link)
    longer = _cut(text, f" {link}") if link else ""
    return longer or _cut(text)


def _cut(text: str, tail: str = "") -> str:
    """Return the beginning of a text with a tail; empty if even the tail is too long."""
    if fits(f"{text}{tail}"):
        return f"{text}{tail}"
    most = min(len(text), _LONGEST_TEXT)
    cuts = (f"{beginning(text, length)}...{tail}" for length in range(most, -1, -1))
    return next((cut for cut in cuts if fits(cut)), "")


def _headline(alert: Alert, name: str) -> str:
    form = _form(alert)
    if form is None or alert.started_at is None:
        subject, sentence = subject_and_sentence(alert, name, with_cause=False)
        return f"{subject}.{_TAILS.get(alert.event, '')}" if alert.event in _IN_SHORT else sentence
    state = _state(alert)
    failed = "authorization failed" if alert.is_authorization else state
    person = beginning(plain(acknowledged_by(alert)), _LONGEST_PERSON)
    began = alert.outage.started_at if alert.outage else alert.started_at
    since = alert.started_at if alert.event in OPENINGS else began
    return form.format(
        name=name,
        state=state,
        loud=state.upper(),
        failed=failed,
        was=failed.upper() if alert.is_authorization else f"WAS {failed.upper()}",
        person=f" by {person}" if person else "",
        since=short_moment(since, alert.time_zone),
        lasted=spoken_duration(alert.lasted) if alert.lasted is not None else "a while",
        down=spoken_duration(alert.outage.down_for) if alert.outage else "a while",
    )


def _form(alert: Alert) -> str | None:
    if alert.is_eased and not alert.is_authorization:
        return _EASED
    if alert.outage and alert.outage.is_mixed and alert.event in _MIXED:
        return _MIXED[alert.event]
    if alert.event is AlertEvent.REMINDER and alert.lasted is not None:
        return _REMINDED
    return _FORMS.get(alert.event)


def _state(alert: Alert) -> str:
    if alert.is_authorization:
        return "authorization failing"
    degraded = alert.is_degraded or alert.event is AlertEvent.DEGRADED
    return "degraded" if degraded else "down"


def _for_free(text: str, more: str) -> str:
    """Add what the name and the link already lead to, where that costs no further segment."""
    longer = f"{text} {more}".rstrip()
    return longer if segments(longer) == segments(text) else text
