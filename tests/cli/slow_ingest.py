"""The command line with a slow stand-in for the embedding model, which writes down what it embeds.

python -m tests.cli.slow_ingest FILE ARGUMENT...
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import rag.index.ingest as ingestion
from rag.cli.main import main
from rag.progress import Progress
from tests.doubles import HashEmbedder


class SlowEmbedder(HashEmbedder):
    """Takes a while for each batch."""

    def __init__(self, written: Path) -> None:
        super().__init__()
        self.written = written

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        time.sleep(0.1)
        with self.written.open("a", encoding="utf-8") as file:
            file.writelines(f"{text!r}\n" for text in texts)
        return super().embed_passages(texts, progress)


if __name__ == "__main__":
    # A shell that starts the tests in the background has them ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    written = Path(sys.argv.pop(1))
    ingestion._BATCH = 2
    with patch("rag.models.loaded.load_embedder", lambda *_: SlowEmbedder(written)):
        main()
