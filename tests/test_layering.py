"""The import graph is the way of the data: a module imports only modules that stand before it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = (
    "errors",
    "config",
    "text",
    "terms",
    "figures",
    "pinned",
    "downloads",
    "models",
    "files",
    "documents",
    "context",
    "chunks",
    "pieces",
    "weights",
    "encoder",
    "graph",
    "embeddings",
    "background",
    "windows",
    "reader_graph",
    "reader",
    "filters",
    "removals",
    "store",
    "dense",
    "lexical",
    "diacritics",
    "collection",
    "plan",
    "ingest",
    "question",
    "sentences",
    "retrieval",
    "reranking",
    "confidence",
    "asked",
    "spans",
    "answer_type",
    "short_answers",
    "moment",
    "evidence",
    "orders",
    "finding",
    "prompts",
    "chat_call",
    "llama_server",
    "llm",
    "mentions",
    "conversation",
    "rewriting",
    "refusal",
    "support",
    "citations",
    "remarks",
    "answer",
    "record",
    "request",
    "assistant",
    "nodes",
    "postprocessors",
    "evaluation",
    "reading",
    "examples",
    "misses",
    "lessons",
    "translating",
    "training",
    "terminal",
    "options",
    "articles",
    "checks",
    "eval_commands",
    "gold_commands",
    "teaching",
    "cli",
    "__main__",
)
# Packages have an order of their own.
EVALUATION = (
    "gold",
    "metrics",
    "gold_check",
    "gold_import",
    "gold_draft",
    "outcome",
    "run",
    "judge",
    "summary",
    "compare",
    "report",
    "floors",
    "plots",
    "page",
    "exports",
    "report_files",
    "calibration",
    "replay",
)
UI = tuple(sorted(path.stem for path in (ROOT / "ui").glob("*.py")))


def imports(source: str, package: str) -> set[str]:
    """Submodules of the package that a source imports at any depth, "" for names of the package itself.

    Of a package inside it only the name of that package.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {f"{alias.name}." for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide what they name"
            submodules = {path.stem for path in (ROOT / package).glob("*.py")} | (
                {"evaluation"} if package == "rag" else set()
            )
            for alias in node.names:
                is_module = node.module == package and alias.name in submodules
                found.add(f"{package}.{alias.name}" if is_module else f"{node.module}.")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("import_module", "__import__"):
            found |= {str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)}
    parts = (name.rstrip(".").split(".") for name in found)
    return {part[1] if len(part) > 1 else "" for part in parts if part[0] == package}


def source(package: str, module: str) -> str:
    """The text of a module, or of all modules of a package inside the package."""
    folder = ROOT / package / module
    files = sorted(folder.glob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    return "\n".join(
        file.read_text(encoding="utf-8").replace("from __future__ import annotations", "") for file in files
    )


def test_every_module_has_a_place() -> None:
    assert {path.stem for path in (ROOT / "rag").glob("*.py")} | {"evaluation"} == {*ORDER, "__init__"}
    assert {path.stem for path in (ROOT / "rag" / "evaluation").rglob("*.py")} == {*EVALUATION, "__init__"}
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    itself = {module} if (ROOT / "rag" / module).is_dir() else set()
    assert imports(source("rag", module), "rag") - {""} <= set(ORDER[: ORDER.index(module)]) | itself


@pytest.mark.parametrize("module", EVALUATION)
def test_a_module_of_evaluation_imports_only_what_stands_before_it(module: str) -> None:
    found = imports(source("rag/evaluation", module).replace("rag.evaluation", "evaluation"), "evaluation")
    assert found <= set(EVALUATION[: EVALUATION.index(module)])


@pytest.mark.parametrize("module", ["__init__", *ORDER])
def test_the_library_never_imports_the_chat(module: str) -> None:
    if module == "cli":  # the command `serve` starts it, and nothing else does
        tree = ast.parse(source("rag", "cli"))
        users = {
            node.name for node in tree.body if isinstance(node, ast.FunctionDef) and imports(ast.unparse(node), "ui")
        }
        assert users <= {"serve"}
        assert not any(
            isinstance(node, ast.Import | ast.ImportFrom) and "ui" in ast.unparse(node).split() for node in tree.body
        )
        return
    assert imports(source("rag", module), "ui") == set()


@pytest.mark.parametrize("module", UI)
def test_the_chat_imports_public_names_alone(module: str) -> None:
    assert imports(source("ui", module), "rag") <= {""}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import rag", {""}),
        ("import rag.store", {"store"}),
        ("import rag.store as s, os", {"store"}),
        ("from rag import Article, load_config", {""}),
        ("from rag import store", {"store"}),
        ("from rag.store import Store", {"store"}),
        ("def f():\n    if x:\n        from rag.store import Store", {"store"}),
        ("if TYPE_CHECKING:\n    from rag.store import Store", {"store"}),
        ("importlib.import_module('rag.store')\nimport_module('rag.dense')", {"dense"}),
        ("import ragged\nfrom ragged.store import Store\nimport storage", set()),
    ],
)
def test_every_way_to_import_is_seen(line: str, expected: set[str]) -> None:
    assert imports(line, "rag") == expected
