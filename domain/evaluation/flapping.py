"""Whether a monitor changes its state too often to notify each change."""


def is_flapping(changes: int, most: int | None, *, was: bool) -> bool:
    """Return whether the monitor flaps, given the number of changes in the window.

    Flapping begins with more than `most` changes and ends with at most half as many, so that it
    does not flap itself. If `most` is None, nothing ever flaps.
    """
    if most is None:
        return False
    return changes > (most // 2 if was else most)
