"""Whether a monitor goes up and down too often for each change to be worth a message."""


def is_flapping(changes: int, most: int | None, *, was: bool) -> bool:
    """Tell by the number of changes in the window: flapping begins with more than `most` of them.

    It ends with at most half as many, so that it does not begin and end all the time itself. With
    no `most` nothing ever flaps.
    """
    if most is None:
        return False
    return changes > (most // 2 if was else most)
