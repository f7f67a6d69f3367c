"""An encoder made for tests, and the graph that serves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.models.onnx import export
from tests.encoders import save_encoder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("encoder") / "model", positions=300)


@pytest.fixture(scope="module")
def served(folder: Path) -> Path:
    export(folder, folder.parent / "served")
    return folder.parent / "served"
