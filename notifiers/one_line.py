"""Text of users and of strangers' servers, made fit for one line."""


def one_line(text: str) -> str:
    """Return the text with printable characters only.

    That removes line breaks, which would forge headers, and marks that change the reading order.
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
