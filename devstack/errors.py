"""Why the system does not start: for the user who started it, without a traceback."""


class NotReadyError(Exception):
    """The text says what is wrong, and where to look or what to do."""
