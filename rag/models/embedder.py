"""Texts -> unit vectors: the exported int8 graph for the pinned model, sentence-transformers for any other."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.config import EmbeddingSettings
from rag.errors import ModelDamaged, ModelError, ModelMissing
from rag.models.onnx.e5_weights import unpack
from rag.models.onnx.embedding_graph import DESCRIPTION_FILE, GRAPH_FILE, GRAPH_FORMAT, export
from rag.models.registry import find_on_disk
from rag.models.tokenizer import UnigramTokenizer
from rag.progress import Progress

PINNED_MODEL = "multilingual-e5-small"
WEIGHTS_FILE = "e5-small-q4.bin"
# A question of twenty tokens is too little work to share among many.
QUERY_THREADS = 4

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """An embedding model; vectors with the same `fingerprint` can be compared and kept."""

    @property
    def name(self) -> str:
        """The model's name as configured."""

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, over all that decides the vectors: weights, prefixes, runtime."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    @property
    def max_tokens(self) -> int:
        """The tokens that are read of one text, special ones included; the rest is cut off."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`; `progress` is told how many are done so far."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens without special ones and without a prefix, however many."""


class GraphEmbedder:
    """The exported int8 graph on onnxruntime; loads without torch, and is safe to share between threads."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = PINNED_MODEL,
        query_prefix: str | None = None,
        passage_prefix: str | None = None,
        threads: int | None = None,
    ) -> None:
        """Open the folder that `embedding_graph.export` wrote; `threads` is the number of processors when not given.

        Raises `ModelDamaged` when it is not such a folder.
        """
        description = _read_description(folder)
        try:
            self._pieces = UnigramTokenizer(folder)
        except (OSError, ValueError, KeyError) as error:
            raise _damaged(folder, error) from error
        self.name = name
        self.dimension: int = description["dimension"]
        self.max_tokens: int = description["max_tokens"]
        self._query_prefix = description["query_prefix"] if query_prefix is None else query_prefix
        self._passage_prefix = description["passage_prefix"] if passage_prefix is None else passage_prefix
        self.fingerprint = _fingerprint(
            description["runtime"], description["sha256"], self._query_prefix, self._passage_prefix
        )
        self._graph = folder / GRAPH_FILE
        self._threads = threads or processors()
        self._query_session = self._open(min(self._threads, QUERY_THREADS))
        self._passage_session: Any = None
        self._opening = threading.Lock()

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`; `progress` is told how many are done so far.

        One thread a text: two texts side by side are faster than one text on two threads.
        """
        return self._embed_many([self._passage_prefix + text for text in texts], progress)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`."""
        prefixed = [self._query_prefix + text for text in texts]
        if len(prefixed) > self._threads:
            return self._embed_many(prefixed)
        return self._stack((self._embed(self._query_session, text) for text in prefixed), len(prefixed))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens without special ones and without a prefix, however many."""
        return [len(self._pieces.encode(text)) for text in texts]

    def _embed_many(self, texts: list[str], progress: Progress | None = None) -> Vectors:
        with self._opening:
            if self._passage_session is None:
                self._passage_session = self._open(1)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            rows = pool.map(lambda text: self._embed(self._passage_session, text), texts)
            return self._stack(rows, len(texts), progress)

    def _stack(self, rows: Iterable[Vectors], count: int, progress: Progress | None = None) -> Vectors:
        vectors = np.empty((count, self.dimension), np.float32)
        for number, row in enumerate(rows):
            vectors[number] = row
            if progress is not None:
                progress("embedding", number + 1, count)
        return vectors

    def _embed(self, session: Any, text: str) -> Vectors:
        pieces = np.array([self._pieces.framed(text, self.max_tokens)], np.int64)
        (vector,) = session.run(None, {"pieces": pieces})
        return np.asarray(vector[0], np.float32)

    def _open(self, threads: int) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Without any spinning each of 150 operators wakes the threads anew; with the default they burn a processor that
        # others want, and wait for one another a scheduler's turn.
        options.add_session_config_entry("session.intra_op.spin_duration_us", "100")
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(self._graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises classes of its own, one for each status code
            raise _damaged(self._graph, error) from error


class SentenceTransformerEmbedder:
    """Any model that sentence-transformers loads from this machine: a folder, or a hub name in the local cache."""

    def __init__(self, name: str, *, query_prefix: str | None = None, passage_prefix: str | None = None) -> None:
        """Load the model; prefixes that are not given are the model's own prompts.

        Raises `ModelMissing` when it is not on this machine, `ModelDamaged` when it is there and does not load.
        """
        from sentence_transformers import SentenceTransformer

        folder = find_on_disk(name)
        try:
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except Exception as error:  # each file format it reads raises classes of its own
            raise ModelDamaged(
                f"{folder}: sentence-transformers cannot load {name} ({error}); pull it again"
            ) from error
        self.name = name
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelError(f"{name}: does not say the length of its vectors; choose another embedding model")
        self.dimension: int = dimension
        self.max_tokens: int = self._model.max_seq_length or 512
        prompts: dict[str, str] = {key: text for key, text in self._model.prompts.items() if text}
        self._query_prefix = prompts.get("query", "") if query_prefix is None else query_prefix
        own = prompts.get("passage") or prompts.get("document") or ""
        self._passage_prefix = own if passage_prefix is None else passage_prefix
        weights = self._weights_hash()
        self.fingerprint = _fingerprint("sentence-transformers", weights, self._query_prefix, self._passage_prefix)
        # Its tokenizer is not safe to share: two threads that truncate differently borrow it mutably.
        self._using = threading.Lock()

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`; `progress` is told how many are done so far."""
        step = len(texts) if progress is None else 256
        parts = [np.empty((0, self.dimension), np.float32)]
        for start in range(0, len(texts), max(step, 1)):
            parts.append(self._encode(texts[start : start + step], self._passage_prefix))
            if progress is not None:
                progress("embedding", min(start + step, len(texts)), len(texts))
        return np.concatenate(parts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return (n, d) float32 unit rows in the order of `texts`."""
        return self._encode(texts, self._query_prefix)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return each text's tokens without special ones and without a prefix, however many."""
        if not texts:
            return []
        with self._using:
            tokens = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(numbers) for numbers in tokens["input_ids"]]

    def _encode(self, texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._using:
            vectors = self._model.encode(
                [prefix + text for text in texts], prompt="", normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)

    def _weights_hash(self) -> str:
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().float().contiguous().numpy())
        return digest.hexdigest()


def load_embedder(settings: EmbeddingSettings, models_folder: Path) -> Embedder:
    """Load the configured model; the pinned one is unpacked and exported when first needed.

    Raises `ModelMissing` when its files are not on this machine, `ModelDamaged` when they are not what they should be.
    """
    query, passage = settings.query_prefix, settings.passage_prefix
    if settings.model != PINNED_MODEL:
        return SentenceTransformerEmbedder(settings.model, query_prefix=query, passage_prefix=passage)
    return GraphEmbedder(prepare(models_folder), query_prefix=query, passage_prefix=passage)


def prepare(models_folder: Path) -> Path:
    """Unpack and export the pinned model unless that is done, and return the folder of its graph.

    Raises `ModelMissing` when neither the graph nor the weights are there, `ModelDamaged` for malformed weights.
    """
    from filelock import FileLock

    graph = models_folder / f"{PINNED_MODEL}-int8"
    if _is_current(graph):
        return graph
    weights, unpacked = models_folder / WEIGHTS_FILE, models_folder / PINNED_MODEL
    if not weights.is_file():
        raise ModelMissing(f"{PINNED_MODEL} is not in {models_folder}; run: hoidap models pull {PINNED_MODEL}")
    with FileLock(models_folder / f"{PINNED_MODEL}.lock"):
        if not _is_current(graph):
            unpack(weights, unpacked)
            export(unpacked, graph)
    return graph


def unpacked(models_folder: Path) -> Path:
    """Unpack the pinned model unless that is done, and return its SentenceTransformer folder. Raises as `prepare`."""
    prepare(models_folder)
    folder = models_folder / PINNED_MODEL
    if not folder.is_dir():
        weights = models_folder / WEIGHTS_FILE
        if not weights.is_file():
            raise ModelMissing(f"{PINNED_MODEL} is not in {models_folder}; run: hoidap models pull {PINNED_MODEL}")
        unpack(weights, folder)
    return folder


def _is_current(folder: Path) -> bool:
    with suppress(ModelDamaged):
        return bool(_read_description(folder))
    return False


def _read_description(folder: Path) -> dict[str, Any]:
    """Read what the export wrote about itself, and see that its files have the sizes they had then."""
    try:
        description: dict[str, Any] = json.loads((folder / DESCRIPTION_FILE).read_text(encoding="utf-8"))
        if description["format"] != GRAPH_FORMAT:
            raise ValueError(f"format {description['format']}, not {GRAPH_FORMAT}")
        for name, size in description["bytes"].items():
            if (actual := (folder / name).stat().st_size) != size:
                raise ValueError(f"{name} has {actual} bytes, not {size}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, error) from error
    return description


def _damaged(place: Path, error: Exception) -> ModelDamaged:
    return ModelDamaged(f"{place}: not a complete exported graph ({error}); remove it, and it is made anew")


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
