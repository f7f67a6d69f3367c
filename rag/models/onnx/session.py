"""Opening a graph in onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.errors import ModelDamaged


def open_session(graph: Path, threads: int, content: bytes | None = None) -> Any:
    """An onnxruntime session of the graph in a file, or of the file's `content` where that was read already.

    `threads` share one run. Raises `ModelDamaged` when onnxruntime does not take the file.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Without any spinning each of 150 operators wakes the threads anew; with the default they burn a core that others
    # want, and wait for one another a scheduler's turn.
    options.add_session_config_entry("session.intra_op.spin_duration_us", "100")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(content or str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own, one for each status code
        raise ModelDamaged(f"{graph}: not a graph that onnxruntime loads ({error})") from error
