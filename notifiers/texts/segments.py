"""What a phone network makes of a text: its alphabet, and the segments that are paid for."""

import unicodedata

from notifiers.one_line import one_line

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
# The room in a text that is alone, and in each of several.
_SEPTETS = (160, 153)
_UNITS = (70, 67)


def plain(text: str) -> str:
    """Return one line, with what GSM 03.38 lacks replaced where another sign says the same."""
    return one_line(unicodedata.normalize("NFC", text).translate(_PLAIN))


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


def as_gsm(text: str) -> str:
    """Replace each character that GSM 03.38 lacks: a letter by its base, others by `?`."""
    return "".join(sign if is_gsm(sign) else _nearest(sign) for sign in text)


def beginning(text: str, length: int) -> str:
    """Return the first characters of a text, at most `length`; no letter loses its marks."""
    while length < len(text) and length and unicodedata.category(text[length]).startswith("M"):
        length -= 1
    return text[:length].rstrip()


def _nearest(sign: str) -> str:
    base = unicodedata.normalize("NFKD", sign)[:1]
    return base if is_gsm(base) else "?"
