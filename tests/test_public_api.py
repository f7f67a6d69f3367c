from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import rag

ROOT = Path(__file__).parents[1]
HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "gradio",
    "llama_index",
    "onnxruntime",
    "onnx",
    "faiss",
    "tantivy",
)
REPORT = f"import sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120, check=True
    )


def test_public_names_are_sorted_and_each_is_there() -> None:
    assert rag.__all__ == sorted(set(rag.__all__), key=lambda name: (not name.isupper(), name)), "constants first"
    for name in rag.__all__:
        found = getattr(rag, name)
        assert found.__doc__ or name in ("Status",), f"{name} says nothing of itself"
        assert getattr(found, "__module__", "rag").split(".")[0] in ("rag", "typing")


def test_public_names_are_those_with_a_home() -> None:
    assert set(rag._HOMES) == set(rag.__all__)


def test_no_other_name() -> None:
    with pytest.raises(AttributeError, match="module 'rag' has no attribute 'Nothing'"):
        _ = rag.Nothing
    with pytest.raises(ImportError):
        exec("from rag import Nothing")


def test_a_star_gives_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from rag import *", names)
    assert set(rag.__all__) <= set(names)


@pytest.mark.parametrize(
    "code",
    [
        "import rag",
        "from rag import load_config, Article, HoidapError; load_config(environ={})",
        "import rag.cli.main",
        "from rag.cli.main import app; app(['--help'], standalone_mode=False)",
        "from rag.cli.main import app; app(['--version'], standalone_mode=False)",
        "from rag.cli.main import app; app(['ingest', '--help'], standalone_mode=False)",
        "from rag.cli.main import app; app(['serve', '--help'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(code: str) -> None:
    assert python(f"{code}\n{REPORT}").stderr.split() == []


def test_the_report_of_heavy_modules_sees_them() -> None:
    assert python(f"import tantivy\n{REPORT}").stderr.split() == ["tantivy"]


def test_importing_changes_nothing_around_it(tmp_path: Path) -> None:
    code = (
        "import os, logging, warnings, sys\n"
        "logs = lambda: (logging.root.handlers[:], logging.root.level)\n"
        "state = lambda: (dict(os.environ), os.getcwd(), list(warnings.filters), logs())\n"
        "before = state()\nimport rag\n[getattr(rag, name) for name in ('Config', 'Article', 'HoidapError')]\n"
        "assert state() == before"
    )
    env = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []
