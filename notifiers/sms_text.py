"""What an alert says in a text message, in at most two segments: each segment is paid for."""

import unicodedata

from domain.alert import Alert, AlertEvent, spoken_duration
from notifiers.wording import one_line

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
_SEPTETS = 2 * 153
_UNITS = 2 * 67
_LONGEST_NAME = 60


def text_of(alert: Alert) -> str:
    """Write what matters first; what does not fit any more is cut, or left out."""
    name = plain(alert.monitor_name)
    lengths = range(min(len(name), _LONGEST_NAME), -1, -1)
    text = next(
        text for length in lengths if fits(text := _headline(alert, name[:length].rstrip()))
    )
    if alert.event is AlertEvent.DOWN:
        text = _with_cause(text, plain(alert.cause))
    with_url = f"{text} {plain(alert.url)}".rstrip()
    return with_url if fits(with_url) else text


def plain(text: str) -> str:
    return one_line(unicodedata.normalize("NFC", text).translate(_PLAIN))


def fits(text: str) -> bool:
    """Say whether the text takes at most two segments."""
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        return sum(2 if sign in _EXTENDED else 1 for sign in text) <= _SEPTETS
    return len(text.encode("utf-16-le")) // 2 <= _UNITS


def _headline(alert: Alert, name: str) -> str:
    since = f"{alert.started_at:%d %b %H:%M} UTC"
    match alert.event:
        case AlertEvent.DOWN:
            word = "AUTHORIZATION FAILING" if alert.is_authorization else "DOWN"
            return f"{word} {name} since {since}."
        case AlertEvent.UP:
            lasted = spoken_duration(alert.duration) if alert.duration is not None else "a while"
            what = "Authorization failed" if alert.is_authorization else "Was down"
            return f"UP {name}. {what} {lasted}, from {since}."
        case AlertEvent.ENDED:
            what = "authorization failed" if alert.is_authorization else "down"
            return f"ENDED {name}: deleted while {what} since {since}."


def _with_cause(text: str, cause: str) -> str:
    whole = f"{text} {cause}"
    cuts = (f"{text} {cause[:length].rstrip()}..." for length in range(len(cause) - 1, 0, -1))
    return next((longer for longer in (whole, *cuts) if fits(longer)), text)
