"""The pages of monitors, one file per page or act."""

from web.routes.monitors import (
    acts,
    bulk,
    history,
    imports,
    index,
    saved_views,
    show,
    test_runs,
)
from web.routes.monitors.blueprint import pages

__all__ = [
    "acts",
    "bulk",
    "history",
    "imports",
    "index",
    "pages",
    "saved_views",
    "show",
    "test_runs",
]
