"""What a domain may touch, who may swallow failures, and which arrows hold between members."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from kit.guards.tree import Measure, Source, sources

WORLD = {"random", "secrets", "os", "time", "socket", "asyncio", "subprocess", "threading", "pathlib", "logging", "io"}
"""Modules of the standard library through which the clock, chance or the outside come in."""
WORLD_CALLS = {
    "now",
    "utcnow",
    "today",
    "uuid1",
    "uuid4",
    "uuid6",
    "uuid7",
    "uuid8",
    "open",
    "print",
    "input",
    "getenv",
}
TOOLS = {"kentongan", "bench", "handbook", "kit"}
"""Members that run or check the services; nothing that is shipped may need them."""
BROAD = {"Exception", "BaseException"}


def impure_domains(root: Path) -> Iterator[str]:
    """Find domain code that imports or calls what is not given to it in the command."""
    for source in sources(root, ".py", "services/"):
        if "/domain/" in source.path:
            service = source.path.split("/src/")[1].split("/")[0]
            yield from _foreign_imports(source, service)
            yield from _world_calls(source)


def _foreign_imports(source: Source, service: str) -> Iterator[str]:
    for line, module in _imported(source):
        top = module.split(".")[0]
        pure = top in sys.stdlib_module_names and top not in WORLD
        own = top == "contracts" or module == "chassis.decider" or f"{module}.".startswith(f"{service}.domain.")
        if not (pure or own):
            yield source.at(line, f"a domain may not import {module}")


def _world_calls(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in WORLD_CALLS:
                yield source.at(node.lineno, f"a domain may not call {called}(): it comes in the command")
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield source.at(node.lineno, "a domain does not wait for anything")


def _imported(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = "." * node.level + (node.module or "")
            whole = package in ("chassis", "contracts")  # `from chassis import decider` names a module
            yield from ((node.lineno, f"{package}.{a.name}" if whole else package) for a in node.names)


def wrong_arrows(root: Path) -> Iterator[str]:
    """Find shipped code that imports the tools around it."""
    for source in sources(root, ".py", "contracts/src/", "chassis/src/", "services/"):
        for line, module in _imported(source):
            if module.split(".")[0] in TOOLS:
                yield source.at(line, f"may not import {module}")


def broad_handlers(root: Path) -> Iterator[Measure]:
    """Count the handlers of each function that swallow everything; none may, but those with leave."""
    for source in sources(root, ".py"):
        found = Counter(function for function, node in _within_functions(source.tree(), "") if _is_broad(node))
        for function, count in found.items():
            yield Measure("broad handler", f"{source.path}::{function}", 1, count, 0)


def _within_functions(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield inner, child
        yield from _within_functions(child, inner)


def _is_broad(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        passed_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        return not passed_on and (node.type is None or _names(node.type) & BROAD != set())
    if isinstance(node, ast.Call) and _names(node.func) & {"suppress"}:
        return any(_names(argument) & BROAD for argument in node.args)
    return False


def _names(node: ast.AST) -> set[str]:
    inner = node.elts if isinstance(node, ast.Tuple) else [node]
    return {held.attr if isinstance(held, ast.Attribute) else getattr(held, "id", "") for held in inner}
