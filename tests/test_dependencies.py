"""Every package that the library or the chat imports is declared, and pinned where the tests ran with it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, distributions, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
OWN = {"rag", "ui"}
# Part of a distribution of another name that is declared for it; its modules would otherwise belong to several.
SHARED = {"llama_index": "llama-index-core", "google": "protobuf"}


distributions_of = cache(packages_distributions)


def project() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def extras() -> dict[str, list[str]]:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = content["project"]["optional-dependencies"]
    return found


def normal(name: str) -> str:
    """The name of a distribution as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    return {normal(re.split(r"[\s<>=!~\[;]", requirement)[0]) for requirement in project()["dependencies"]}


def imported(file: Path) -> set[str]:
    """The top-level names that a file imports at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def third_party(file: Path) -> set[str]:
    return imported(file) - set(sys.stdlib_module_names) - OWN


FILES = sorted(path for folder in sorted(OWN) for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_imported_is_declared(file: Path) -> None:
    homes = distributions_of()
    for name in third_party(file):
        known = {SHARED[name]} if name in SHARED else {normal(home) for home in homes.get(name, [name])}
        assert known & declared(), f"{name} is imported and no dependency"


def test_what_is_declared_is_imported() -> None:
    homes = distributions_of()
    names = set().union(*map(third_party, FILES))
    used = {normal(home) for name in names for home in ([SHARED[name]] if name in SHARED else homes.get(name, [name]))}
    # Wanted by a dependency that does not declare it right: trafilatura's, which older pip does not find.
    assert declared() - used <= {"lxml-html-clean"}


def pinned() -> set[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {normal(line.split("==")[0]) for line in lines if "==" in line}


def needed(requirements: Iterable[str]) -> set[str]:
    """The installed distributions that requirements need at any depth, but what a build of torch brings for a GPU."""
    todo, seen = [(each, "") for each in requirements], set[tuple[str, str]]()
    while todo:
        text, extra = todo.pop()
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        for each in ("", *requirement.extras):
            if (name := (normal(requirement.name), each)) not in seen:
                seen.add(name)
                with suppress(PackageNotFoundError):
                    todo += [(more, each) for more in requires(requirement.name) or ()]
    installed = {normal(each.metadata["Name"]) for each in distributions()}
    return {name for name, _ in seen if name in installed and not name.startswith(("nvidia-", "cuda-", "triton"))}


def test_what_is_declared_has_its_version_among_the_constraints() -> None:
    assert declared() <= pinned()


def test_what_that_needs_at_any_depth_has_too() -> None:
    found = needed([*project()["dependencies"], *extras()["dev"]])
    assert len(found) > 100
    # Part of every environment, or made with it.
    assert found - pinned() <= {"pip", "setuptools"}


def test_imports_at_any_depth_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("import os.path\ndef f():\n    from httpx import Client\n    import rag.errors, torch.nn as nn\n")
    assert imported(file) == {"os", "httpx", "rag", "torch"}
    assert third_party(file) == {"httpx", "torch"}
