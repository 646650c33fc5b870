"""An `except` clause with several errors names classes: a tuple among them is a `TypeError` when it matters.

    except (channel.connection_errors, RedisError):     # connection_errors is a tuple itself
    except (*channel.connection_errors, RedisError):    # right

Python finds that out only when an error comes, and then raises another that nobody expects. The type
checker sees it except where something has no type.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import ROOT

_SEVERAL = re.compile(r"\bexcept\b[\s*]*\(")
"""Without one there is nothing to find, and to parse all files takes seconds."""


def faults(source: str) -> list[str]:
    """Return what is among several errors in an `except` clause and is known to be no class of errors."""
    if not _SEVERAL.search(source):
        return []
    tree = ast.parse(source)
    classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    imported = _imported(tree)
    return [
        f"line {part.lineno}: {ast.unparse(part)}"
        for part in _parts(tree)
        if ast.unparse(part) not in classes and not _is_error(part, imported)
    ]


def _parts(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Tuple):
            yield from (part for part in node.type.elts if not isinstance(part, ast.Starred))


def _imported(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Return the module, and what of it, that each imported name stands for, wherever it is imported."""
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                found[each.asname or each.name] = (each.name, "")
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                found[each.asname or each.name] = (node.module, each.name)
    return found


def _is_error(part: ast.expr, imported: dict[str, tuple[str, str]]) -> bool:
    """Look the name up where it comes from; what is computed as the program runs cannot be known."""
    text = ast.unparse(part)
    for name in _beginnings(text):
        if name in imported:
            module, attribute = imported[name]
            names = [*attribute.split("."), *text.removeprefix(name).split(".")]
            return _is_class(_value(import_module(module), filter(None, names)))
    return _is_class(getattr(builtins, text, None))


def _beginnings(dotted: str) -> Iterator[str]:
    """Give `a.b.c`, `a.b` and `a`."""
    words = dotted.split(".")
    yield from (".".join(words[:length]) for length in range(len(words), 0, -1))


def _value(module: object, names: Iterable[str]) -> object:
    for name in names:
        module = getattr(module, name, None)
    return module


def _is_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def code() -> list[Path]:
    """Return all files of ours; what others wrote is in hidden directories, and data in `var`."""
    folders = [each for each in ROOT.iterdir() if each.is_dir() and each.name[0] != "."]
    within = (path for each in folders if each.name != "var" for path in each.rglob("*.py"))
    return [*ROOT.glob("*.py"), *within]


def test_each_error_of_several_in_an_except_clause_is_a_class() -> None:
    found = {str(path.relative_to(ROOT)): faults(path.read_text()) for path in code()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "errors",
    [
        "channel.connection_errors, OSError",
        "self.errors, OSError",
        "errors(), OSError",
        "ERRORS, OSError",
        "OSError, (KeyError, ValueError)",
        "redis.NotThere, OSError",
        "sqlite3, OSError",
        "Transport.connection_errors, OSError",
    ],
)
def test_what_is_no_class_is_found(errors: str) -> None:
    assert len(faults(_clause(errors))) == 1


@pytest.mark.parametrize(
    "errors",
    [
        "*channel.connection_errors, OSError",
        "Own, OSError",
        "redis.RedisError, redis.exceptions.ConnectionError",
        "sqlite3.Error, Gone",
    ],
)
def test_classes_are_not(errors: str) -> None:
    assert faults(_clause(errors)) == []


def _clause(errors: str) -> str:
    return f"""
import redis, redis.exceptions, sqlite3
from kombu.transport.redis import Transport
from redis import RedisError as Gone
class Own(Exception): ...
ERRORS = (OSError, ValueError)
def work(channel):
    try: ...
    except ({errors}): ...
"""
