"""The published schemas say what is in the files of the archive."""

from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator, ValidationError
from pyarrow import parquet

from services.archive.files.digest import Failure
from services.archive.files.encoding import CheckWriter, FailureWriter
from services.archive.schemas import CHECKS_SCHEMA, FAILURES_SCHEMA, SCHEMAS
from tests.services.archive import drawn


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {CHECKS_SCHEMA: tmp_path / "checks", FAILURES_SCHEMA: tmp_path / "failures"}
    with CheckWriter(paths[CHECKS_SCHEMA]) as writer:
        writer.add(drawn.draw(np.random.default_rng(1), 1, 2)[:500])
    with FailureWriter(paths[FAILURES_SCHEMA]) as failures:
        failures.add([Failure(1, 2, 3, 4, "Answered 500.", None), Failure(1, 3, 3, 4, "é", "{}")])
    return paths


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_row_of_a_file_is_valid_and_each_column_is_described(
    files: dict[str, Path], name: str
) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    found = parquet.ParquetFile(files[name])
    assert found.metadata.metadata[b"schema"].decode() == name
    types = {each.name: str(each.type) for each in found.schema_arrow}
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert list(types) == list(properties)
    for column, kind in types.items():
        assert properties[column].get("format", "string") == kind
    rows = found.read().to_pylist()
    for row in rows:
        validator.validate(row)
    with pytest.raises(ValidationError):
        validator.validate({**rows[0], "slot": 2**31})
