"""Reads which files of tests show which abuse case.

They are read and not imported: that would take seconds.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from tests.conftest import ROOT

_IN_NAME = re.compile(r"^test_abuse_(\d{2,3})(?:_and_(\d{2,3}))?_")
_MARK = "pytest.mark.abuse"


def claims() -> dict[int, set[str]]:
    """Return the files by the number of the case."""
    files: dict[int, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "abuse" in (source := path.read_text(encoding="utf-8")):
            for number in numbers(ast.parse(source)):
                files[number].add(path.relative_to(ROOT).as_posix())
    return dict(files)


def numbers(module: ast.Module) -> Iterator[int]:
    """Return what the tests of a module claim by their names and by their marks."""
    tests = [each for each in module.body if _is_test(each)]
    for each in tests:
        yield from _of_test(each)
    for each in module.body if tests else ():
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark":
            yield from _of_marks(each.value)


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def _of_test(node: ast.stmt) -> Iterator[int]:
    assert isinstance(node, ast.FunctionDef)
    if match := _IN_NAME.match(node.name):
        yield from (int(each) for each in match.groups() if each)
    for each in node.decorator_list:
        yield from _of_marks(each)


def _of_marks(node: ast.expr) -> Iterator[int]:
    """Return the numbers of all marks within an expression, also those of single parameters."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and ast.unparse(each.func) == _MARK:
            yield from (ast.literal_eval(argument) for argument in each.args)
