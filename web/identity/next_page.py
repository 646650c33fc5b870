"""Where a login leads: only to a page of ours."""

import re

_PATH = re.compile(r"/(?![/\\])[!-~]*")
_LONGEST = 2000


def local(path: str) -> str:
    """Return a path of this service, or the first page if the given one leads elsewhere."""
    return path if len(path) <= _LONGEST and _PATH.fullmatch(path) else "/"
