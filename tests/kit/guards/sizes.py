"""Ceilings on the tail: the longest module, function, signature and import list, and the size of the chassis."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

from kit.guards.tree import Measure, Source, sources

MODULE_LINES, TEST_LINES, FUNCTION_LINES, PARAMETERS, IMPORTS = 300, 500, 40, 6, 20
CHASSIS_LINES = 1500

Function = ast.FunctionDef | ast.AsyncFunctionDef


def measures(root: Path) -> Iterator[Measure]:
    """Measure every Python file."""
    for source in sources(root, ".py"):
        tree = source.tree()
        test = source.path.startswith("tests/")
        lines = len(source.text.splitlines())
        yield Measure("module lines", source.path, 1, lines, TEST_LINES if test else MODULE_LINES)
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield Measure(
                    "function lines", f"{source.path}::{node.name}", node.lineno, _lines(node), FUNCTION_LINES
                )
        if not test:  # a test takes as many fixtures, and imports as much of the world, as its sentence needs
            yield from _signatures(source, tree)
    code = sum(_code_lines(source) for source in sources(root, ".py", "chassis/src/"))
    yield Measure("chassis lines", "chassis/src", 1, code, CHASSIS_LINES)


def _signatures(source: Source, tree: ast.Module) -> Iterator[Measure]:
    yield Measure("imports", source.path, 1, _imports(tree), IMPORTS)
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield Measure("parameters", f"{source.path}::{node.name}", node.lineno, _parameters(node), PARAMETERS)


def _lines(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _imports(tree: ast.Module) -> int:
    return sum(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))


def _parameters(node: Function) -> int:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    return sum(argument is not None and argument.arg not in ("self", "cls") for argument in given)


def _code_lines(source: Source) -> int:
    """Count lines that hold code: blank lines, comments and docstrings aside."""
    prose: set[int] = set()
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type not in blank:
            held.update(range(token.start[0], token.end[0] + 1))
    return len(held - prose)
