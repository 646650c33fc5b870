"""Looks up archived checks of a monitor in the object store, while no transaction is open."""

import numpy as np

from domain.evaluation.outcome import Outcome
from models.types import OUTCOME_CODES
from services.archive.files import columns, encoding, objects
from services.archive.files.columns import Rows
from services.archive.files.digest import Failure
from services.archive.files.manifest import CHECKS
from services.archive.files.store import Store
from services.archive.rows.reading import ArchivedCheck, FileName, Wanted

_UP = OUTCOME_CODES[Outcome.UP]
_NUMBERS = ArchivedCheck._fields[:-2]


def checks_of(store: Store, wanted: Wanted) -> list[ArchivedCheck]:
    """Return the checks in the order of their slots. Raise `StoreError` or `ArchiveFileError`."""
    rows = columns.merged([_checks(store, each, wanted) for each in wanted.files])
    rows = rows[_matching(rows, wanted)]
    failures = _failures(store, wanted) if (rows["outcome"] != _UP).any() else {}
    # A monitor has one run of rows, in the order of slots and regions.
    values = zip(*(rows[name].tolist() for name in _NUMBERS), strict=True)
    return [_check(each, failures) for each in values]


def _check(values: tuple[int, ...], failures: dict[tuple[int, int], Failure]) -> ArchivedCheck:
    failure = failures.get((values[0], values[1]))
    words = ("", None) if failure is None else (failure.detail, failure.evidence)
    return ArchivedCheck._make((*values, *words))


def _checks(store: Store, file: FileName, wanted: Wanted) -> Rows:
    if file.kind != CHECKS:
        return columns.empty()
    content = objects.opened(store, file.name, file.size_bytes)
    rows = encoding.of_monitor(content, wanted.monitor_id, wanted.low, wanted.high)
    # A file of a day has rows of other organizations; none of them is shown.
    mine: Rows = rows[rows["organization_id"] == wanted.organization_id]
    return mine


def _matching(rows: Rows, wanted: Wanted) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    matching = np.ones(len(rows), dtype=bool)
    if wanted.outcomes:
        matching &= np.isin(rows["outcome"], wanted.outcomes)
    if wanted.region_id is not None:
        matching &= rows["region_id"] == wanted.region_id
    return matching


def _failures(store: Store, wanted: Wanted) -> dict[tuple[int, int], Failure]:
    """Return the failures by slot and region; of several revisions, the last one counts."""
    found: dict[tuple[int, int], Failure] = {}
    for file in wanted.files:
        if file.kind == CHECKS:
            continue
        content = objects.opened(store, file.name, file.size_bytes)
        for each in encoding.failures_of_monitor(
            content, wanted.monitor_id, wanted.low, wanted.high
        ):
            if each.organization_id == wanted.organization_id:
                found[each.slot, each.region_id] = each
    return found
