"""Every public function that takes a text, and every loader, is reached by one whose growth is tested."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("text", "query", "answering", "conversations", "documents", "sources", "retrieval")
# What an untrusted text comes in.
TEXTS = re.compile(r"\b(?:str|bytes|BinaryIO|Article|Passage|Quote|Evidence|Query|Answer)\b")
# Whose texts are the program's own or bounded: patterns, names of parts, ids, labels, and headers of a request.
NOT_UNTRUSTED = {
    "actions_html", "bolder", "choices_html", "choices_of", "connection_behind", "fragment_html",
    "listen", "read_here", "serve", "typed_and_bare", "waiting_html", "web_app",
}  # fmt: skip


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def used(node: ast.AST) -> set[str]:
    """The names that are read in a part of a program."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def taking_texts(files: list[Path]) -> Iterator[str]:
    """The public functions with a parameter that holds a text, and the loaders."""
    for file in files:
        for node in tree(file).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("Loader"):
                yield node.name
            elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                given = [each.annotation for each in (*node.args.args, *node.args.kwonlyargs) if each.annotation]
                if any(TEXTS.search(ast.unparse(each)) for each in given):
                    yield node.name


def reached(files: list[Path]) -> set[str]:
    """The names in the test of growth, in the functions and classes that these are, and so on."""
    inside: dict[str, set[str]] = {}
    for file in files:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                inside.setdefault(node.name, set()).update(used(node))
    test = tree(ROOT / "tests" / "test_growth.py")
    todo = used(test) | {each.attr for each in ast.walk(test) if isinstance(each, ast.Attribute)}
    found: set[str] = set()
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= inside.get(name, set()) - found
    return found


def test_every_function_that_takes_a_text_is_tried_or_used_by_one_that_is() -> None:
    everything = [file for folder in ("rag", "ui") for file in sorted((ROOT / folder).rglob("*.py"))]
    rooms = [file for room in ROOMS for file in sorted((ROOT / "rag" / room).glob("*.py"))]
    files = [*rooms, ROOT / "rag/prompts.py", ROOT / "rag/prompt_injection.py", *sorted((ROOT / "ui").glob("*.py"))]
    names, found = {*taking_texts(files)}, reached(everything)
    assert len(names) > 200
    assert sorted(names - found - NOT_UNTRUSTED) == [], "add them to tests/test_growth.py"
    assert sorted(NOT_UNTRUSTED - (names - found)) == [], "these are tried, or gone"
