from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from rag.models.onnx import GRAPH_FILE, export
from tests.encoders import save_encoder
from tests.inference_memo import InferenceMemo


def test_what_one_process_computed_another_finds(tmp_path: Path) -> None:
    export(save_encoder(tmp_path / "tiny"), tmp_path / "graph")
    (tmp_path / "shared").mkdir()
    feed = {"pieces": np.array([[0, 6, 7, 2]], np.int64)}
    with pytest.MonkeyPatch.context() as patch:
        InferenceMemo().install(patch, tmp_path / "shared")
        (first,) = onnxruntime.InferenceSession(tmp_path / "graph" / GRAPH_FILE).run(None, feed)
    assert len([*(tmp_path / "shared").iterdir()]) == 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnxruntime.InferenceSession, "run", lambda *_: pytest.fail("it was computed"))
        memo = InferenceMemo()
        memo.install(patch, tmp_path / "shared")
        session = onnxruntime.InferenceSession(tmp_path / "graph" / GRAPH_FILE)
        (again,) = session.run(None, feed)
        assert np.array_equal(first, again)
        with pytest.raises(pytest.fail.Exception):
            session.run(None, {"pieces": np.array([[0, 6, 8, 2]], np.int64)})
        memo.on = False
        with pytest.raises(pytest.fail.Exception):
            session.run(None, feed)
