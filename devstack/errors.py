"""Why the system does not come up: for whoever started it, without a traceback."""


class NotReadyError(Exception):
    """The text says what is wrong, and where to look or what to do."""
