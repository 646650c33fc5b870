"""The language of templates: that part of Jinja in which nothing can be called or grow.

Text, `{{ value }}`, `if`, `for` over a list that is given, comparisons, constants and our filters. What is not
listed here is refused when a template is written, so the sandbox below it has nothing left to stop.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import nodes

from notifiers.templates.values import Shape

_DEEPEST = 30
_MOST_LOOPS = 2
_MOST_PROBLEMS = 10
_ALLOWED = (
    nodes.Template,
    nodes.TemplateData,
    nodes.Output,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Keyword,
    # Only around autoescape, which is refused by its own name and line.
    nodes.Scope,
)
_LOOP: Shape = {"index": None, "first": None, "last": None, "length": None}
_ELEMENT = "A template may contain text, values, if, for, comparisons and filters, but not this:"

Scope = Mapping[str, Shape]


@dataclass(slots=True)
class Reading:
    """What is wrong with a template, line by line, and how many nodes were seen."""

    filters: Collection[str]
    problems: list[str] = field(default_factory=list)
    seen: int = 0

    def note(self, node: nodes.Node, text: str) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(f"Line {node.lineno}: {text}")


def read(tree: nodes.Template, shape: Scope, filters: Collection[str]) -> Reading:
    """Look at every node of a template that may use values of this shape and these filters."""
    reading = Reading(filters)
    _visit(reading, tree, shape, 0, 0)
    return reading


def _visit(reading: Reading, node: nodes.Node, scope: Scope, depth: int, loops: int) -> None:
    reading.seen += 1
    if depth > _DEEPEST:
        reading.note(node, f"Nested more than {_DEEPEST} levels deep.")
        return
    if not isinstance(node, _ALLOWED):
        reading.note(node, f"{_ELEMENT} {_name(node)}.")
        return
    for problem in _problems(reading, node, scope, loops):
        reading.note(node, problem)
    for child, inner, deeper in _children(node, scope, loops):
        _visit(reading, child, inner, depth + 1, deeper)


def _children(
    node: nodes.Node, scope: Scope, loops: int
) -> Iterator[tuple[nodes.Node, Scope, int]]:
    """Walk on, but not into what was looked at as a whole: a dotted name, and a loop's variable."""
    if isinstance(node, nodes.For):
        yield node.iter, scope, loops
        inside = _inside(node, scope)
        yield from ((child, inside, loops + 1) for child in node.body)
        yield from ((child, scope, loops) for child in node.else_)
    elif not isinstance(node, nodes.Getattr):
        yield from ((child, scope, loops) for child in node.iter_child_nodes())


def _problems(reading: Reading, node: nodes.Node, scope: Scope, loops: int) -> Iterator[str]:
    match node:
        case nodes.Name() | nodes.Getattr():
            try:
                _shape_of(node, scope)
            except LookupError as error:
                yield str(error.args[0])
        case nodes.For():
            yield from _problems_of_loop(node, scope, loops)
        case nodes.Filter():
            yield from _problems_of_filter(reading, node)
        case nodes.Const(value=str(text)) if any("\ud800" <= sign <= "\udfff" for sign in text):
            # Half of a character, as "\ud800" makes it: no message could hold it.
            yield "A text contains an invalid character."
        case nodes.CondExpr(expr2=None):
            yield "An if within a value needs its else."


def _problems_of_filter(reading: Reading, node: nodes.Filter) -> Iterator[str]:
    if node.name not in reading.filters:
        yield f"There is no filter {node.name}."
    # Without a value it would stand for a whole block.
    if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
        yield "A filter is written as value|filter(argument)."


def _problems_of_loop(loop: nodes.For, scope: Scope, loops: int) -> Iterator[str]:
    if loop.recursive or loop.test is not None:
        yield "A loop is written as for name in list; an if goes inside of it."
    if loops >= _MOST_LOOPS:
        yield f"Loops may be {_MOST_LOOPS} levels deep."
    if not isinstance(loop.target, nodes.Name) or not _is_free(loop.target.name, scope):
        yield "The variable of a loop is one new name, such as item."
    if not isinstance(_shape_or_none(loop.iter, scope), list):
        yield "A loop must go through one of the known lists."


def _shape_of(node: nodes.Node, scope: Scope) -> Shape:
    """Return what a name stands for; raises `LookupError` with a sentence."""
    if isinstance(node, nodes.Name):
        if node.name not in scope:
            raise LookupError(f"There is no variable {node.name}.")
        return scope[node.name]
    if isinstance(node, nodes.Getattr):
        owner = _shape_of(node.node, scope)
        if isinstance(owner, dict) and node.attr in owner:
            return owner[node.attr]
        raise LookupError(f"There is no field {node.attr} of {_dotted(node.node)}.")
    raise LookupError("Only a variable has fields.")


def _shape_or_none(node: nodes.Node, scope: Scope) -> Shape:
    try:
        return _shape_of(node, scope)
    except LookupError:
        return None


def _inside(loop: nodes.For, scope: Scope) -> Scope:
    items = _shape_or_none(loop.iter, scope)
    item = items[0] if isinstance(items, list) else None
    target = loop.target.name if isinstance(loop.target, nodes.Name) else ""
    return {**scope, target: item, "loop": _LOOP}


def _is_free(name: str, scope: Scope) -> bool:
    return name not in scope and name != "loop" and not name.startswith("_")


def _dotted(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_dotted(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "this"


_NAMES: Mapping[type[nodes.Node], str] = {
    nodes.Call: "a call",
    nodes.Getitem: "brackets behind a value",
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.With: "with",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter as a block",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.Test: "is",
    nodes.Concat: "~",
    nodes.Dict: "braces",
}


def _name(node: nodes.Node) -> str:
    named = _NAMES.get(type(node))
    return named or ("arithmetic" if isinstance(node, nodes.BinExpr | nodes.UnaryExpr) else "that")
