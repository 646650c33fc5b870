"""Files of many days are merged in the order of one, whatever their pieces are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.archive.files import columns
from services.archive.files.columns import CHECK, Rows
from services.archive.files.digest import Digest, Failure
from services.archive.months import merging

_ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 5), st.integers(1, 2), st.sampled_from([0, 2, 9])),
    unique_by=lambda row: row[:3],
    max_size=20,
)


def file_of(keys: list[tuple[int, int, int, int]], revision: int) -> Rows:
    rows = np.zeros(len(keys), dtype=CHECK)
    for number, (monitor, slot, region, outcome) in enumerate(keys):
        rows[number]["monitor_id"], rows[number]["slot"] = monitor, slot
        # The second and third monitor are of one organization.
        rows[number]["organization_id"] = min(monitor, 2)
        rows[number]["region_id"], rows[number]["outcome"] = region, outcome
        rows[number]["total_us"] = revision
    return columns.ordered(rows)


@given(st.lists(_ROWS, min_size=1, max_size=5), st.integers(1, 7))
def test_merging_pieces_is_merging_whole_files_and_no_row_is_lost(
    drawn: list[list[tuple[int, int, int, int]]], size: int
) -> None:
    files = [file_of(keys, revision) for revision, keys in enumerate(drawn)]
    pieces = [[file[at : at + size] for at in range(0, len(file), size)] for file in files]
    found = list(merging.checks(pieces))
    kept = np.concatenate([columns.empty(), *(each.kept for each in found)])
    assert kept.tolist() == columns.merged(files).tolist()
    before, after = Digest(), Digest()
    for file in files:
        before.add(file)
    for each in found:
        after.add(each.kept)
        after.add(each.replaced)
    assert (before.count, before.text) == (after.count, after.text)


def test_of_equal_failures_the_last_file_counts_and_the_others_are_named() -> None:
    old, new = Failure(1, 60, 1, 16, "old", None), Failure(1, 60, 1, 16, "new", None)
    other = Failure(2, 60, 1, 16, "other", None)
    found = list(merging.failures([[[old], [other]], [[new]]]))
    assert found == [(new, [old]), (other, [])]
