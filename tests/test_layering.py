"""The import graph is the way of the data: a package imports only packages that stand before it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Packages, and the modules that stand beside them.
ORDER = (
    "errors",
    "config",
    "prompts",
    "progress",
    "text",
    "prompt_injection",
    "models",
    "documents",
    "sources",
    "index",
    "query",
    "retrieval",
    "answering",
    "conversations",
    "users",
    "assistant",
    "evaluation",
    "training",
    "llamaindex",
    "cli",
    "__main__",
)
PACKAGES = tuple(name for name in ORDER if (ROOT / "rag" / name).is_dir())
UI = tuple(sorted(path.stem for path in (ROOT / "ui").glob("*.py")))
LONGEST = 300


def modules() -> list[str]:
    """Every module of `rag`, dotted, without the package's own `__init__`."""
    files = (path.relative_to(ROOT).with_suffix("") for path in (ROOT / "rag").rglob("*.py"))
    names = (".".join(path.parts).removesuffix(".__init__") for path in files)
    return sorted(name for name in names if name != "rag")


def imported(source: str) -> set[str]:
    """The dotted names that a source imports at any depth: `a.b` of `import a.b`, `a.b.c` of `from a.b import c`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide what they name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module != "__future__"}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            found |= {str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def source(module: str) -> str:
    """The text of a module of this project."""
    path = ROOT.joinpath(*module.split("."))
    # A folder of data may stand beside a module of its name.
    file = path.with_suffix(".py")
    return (file if file.is_file() else path / "__init__.py").read_text(encoding="utf-8")


def modules_of(source: str) -> set[str]:
    """The modules of `rag` that a source imports, "rag" for names of the package itself."""
    known = {"rag", *modules()}
    found = (name for name in imported(source) if name.split(".")[0] == "rag")
    return {name if name in known else name.rpartition(".")[0] for name in found}


def place_of(module: str) -> str:
    """The name in `ORDER` under which a module of `rag` stands, "" for the package itself."""
    return module.split(".")[1] if "." in module else ""


def test_every_module_has_a_place() -> None:
    assert {place_of(module) for module in modules()} == set(ORDER)


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_packages_that_stand_before_its_own(module: str) -> None:
    own = place_of(module)
    assert {place_of(each) for each in modules_of(source(module))} - {""} <= {*ORDER[: ORDER.index(own) + 1]}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_itself_in_a_circle(package: str) -> None:
    left = {module: modules_of(source(module)) for module in modules() if place_of(module) == package}
    while left:
        free = {module for module, imports in left.items() if imports.isdisjoint(left.keys() - {module})}
        assert free, f"these import one another: {sorted(left)}"
        left = {module: imports for module, imports in left.items() if module not in free}


@pytest.mark.parametrize("module", modules())
def test_the_library_never_imports_the_chat(module: str) -> None:
    tree = ast.parse(source(module))
    if module == "rag.cli.chat":  # the command `serve` starts it, and nothing else does
        tree.body = [node for node in tree.body if getattr(node, "name", "") != "serve"]
    assert not any(name.split(".")[0] == "ui" for name in imported(ast.unparse(tree)))


@pytest.mark.parametrize("module", UI)
def test_the_chat_imports_public_names_alone(module: str) -> None:
    assert modules_of(source(f"ui.{module}")) <= {"rag"}


@pytest.mark.parametrize("module", modules())
def test_a_module_is_short(module: str) -> None:
    assert source(module).count("\n") <= LONGEST


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import rag", {"rag"}),
        ("import rag.index.store", {"rag.index.store"}),
        ("import rag.index.store as s, os", {"rag.index.store"}),
        ("from rag import Article, load_config", {"rag"}),
        ("from rag import errors", {"rag.errors"}),
        ("from rag.index import store", {"rag.index.store"}),
        ("from rag.index.store import Store", {"rag.index.store"}),
        ("def f():\n    if x:\n        from rag.index.store import Store", {"rag.index.store"}),
        ("if TYPE_CHECKING:\n    from rag.index.store import Store", {"rag.index.store"}),
        (
            "importlib.import_module('rag.index.store')\nimport_module('rag.index.dense')",
            {"rag.index.store", "rag.index.dense"},
        ),
        ("import ragged\nfrom ragged.store import Store\nimport storage", set()),
    ],
)
def test_every_way_to_import_is_seen(line: str, expected: set[str]) -> None:
    assert modules_of(line) == expected
