"""How many characters of hand-written patterns and word lists the rules are made of, by module.

python -m tests.benchmarks.rule_characters [CHECKOUT]

Counted are the string literals in constants of modules and in calls of `re`, in the modules that hold rules, and the
lists of rag/text/lexicon/*.toml. Texts shown to people are not: sentences, and templates with named places.
"""

from __future__ import annotations

import argparse
import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Where rules are: the rooms, and the modules of the same content before there were rooms.
ROOMS = ("text", "query", "answering")
# Modules of these rooms that hold texts shown to people, and no rules.
TEXTS = ("answer", "answer_log", "generation", "refusal")
MODULES = (
    *("byline", "captions", "chunk_context", "dateline", "legacy_encoding", "page_metadata", "page_tail"),
    *("pdf_paragraphs", "running_heads", "table", "teasers"),
)
FLAT = (
    *("terms", "text", "figures", "moment", "sentences", "asked", "conversation", "mentions", "diacritics", "question"),
    *("rewriting", "spans", "answer_type", "confidence", "remarks", "citations", "evidence", "orders", "short_answers"),
    *("support", "context"),
)
# A text shown to people has places for names; SQL is no rule either.
_SHOWN = re.compile(r"\{[a-z]+\}|^\s*CREATE ")


def counted(source: str) -> int:
    """The characters of the rules of a module."""
    return sum(len(text) for text in _literals(ast.parse(source)))


def _literals(tree: ast.Module) -> Iterator[str]:
    seen: set[int] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            yield from _strings(node.value, seen)
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Call) and _is_pattern(inner.func):
            yield from _strings(inner, seen)


def _is_pattern(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re"


def _strings(value: ast.expr, seen: set[int]) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in seen:
            seen.add(id(node))
            if not _SHOWN.search(node.value):
                yield node.value


def of_data(values: Any) -> int:
    """The characters of all texts and keys in a table of data."""
    if isinstance(values, dict):
        return sum(len(key) + of_data(value) for key, value in values.items())
    if isinstance(values, list):
        return sum(map(of_data, values))
    return len(values) if isinstance(values, str) else 0


def by_module(package: Path) -> dict[str, int]:
    """The characters by module, for rooms or flat modules, whichever there are."""
    flat = not (package / "text").is_dir()
    files = sorted(package.glob("*.py") if flat else package.rglob("*.py"))
    found = {}
    for file in files:
        name = file.relative_to(package).as_posix()
        if file.stem in FLAT if flat else _holds_rules(file.relative_to(package)):
            found[name] = counted(file.read_text(encoding="utf-8"))
    for file in sorted(package.rglob("lexicon/*.toml")):
        found[file.relative_to(package).as_posix()] = of_data(tomllib.loads(file.read_text(encoding="utf-8")))
    return found


def _holds_rules(file: Path) -> bool:
    return (file.parts[0] in ROOMS and file.stem not in TEXTS) or file.stem in MODULES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path, nargs="?", default=ROOT)
    found = by_module(parser.parse_args().checkout / "rag")
    for name, count in sorted(found.items(), key=lambda each: -each[1]):
        print(f"{count:7,}  {name}")
    print(f"{sum(found.values()):7,}  together")


if __name__ == "__main__":
    main()
