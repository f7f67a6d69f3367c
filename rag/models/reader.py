"""The trained reader: a question and texts -> how likely each answers it, and with which words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelDamaged
from rag.models.embedder import processors
from rag.models.onnx.reader_graph import WordVectors, feed_of
from rag.models.reader_windows import Text, Window, head_of, text_of, windows
from rag.models.tokenizer import UnigramTokenizer
from rag.text.ranges import TextRange

READER = Path(__file__).parents[1] / "weights" / "reader.onnx"
READER_SHA256 = "06c8a6da5aa3bee513cf09a1c7b0b04e55c47e76a99ec69e6dd74cb0ae33eb53"
# The longest answer, in pieces.
LONGEST = 40

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ReaderAnswer:
    """The span of a text that answers best, `text[start:end]`, and how much more likely it is than no answer (log)."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one text.

    `answers` are the log odds that the text answers the question. `starts` and `ends` (n,) say of each of its pieces,
    which stand at `spans`, how much more likely than none an answer begins and ends there (logarithms).
    """

    answers: float
    spans: tuple[TextRange, ...]
    starts: Scores
    ends: Scores

    def best(self, start: int = 0, end: int | None = None) -> ReaderAnswer | None:
        """The best answer between two offsets of the text; None when no piece stands there."""
        inside = [i for i, (at, to) in enumerate(self.spans) if at >= start and (end is None or to <= end) and to > at]
        if not inside:
            return None
        first, last = inside[0], inside[-1] + 1
        # Some pieces stand for no letter: an answer neither begins nor ends there.
        written = np.array([to > at for at, to in self.spans[first:last]])
        starts, ends = (np.where(written, scores[first:last], -np.inf) for scores in (self.starts, self.ends))
        # Row i holds the ends of the answers that begin at piece i, none longer than the longest.
        behind = np.lib.stride_tricks.sliding_window_view(
            np.pad(ends, (0, LONGEST - 1), constant_values=-np.inf), LONGEST
        )
        sums = starts[:, None] + behind
        begin, length = divmod(int(sums.argmax()), LONGEST)
        spans = self.spans[first + begin : first + begin + length + 1]
        return ReaderAnswer(min(at for at, _ in spans), max(to for _, to in spans), float(sums[begin, length]) / 2)


# The readings of passages, by the ids of their chunks.
Readings = Mapping[int, Reading]


class SpanReader:
    """The reader that comes with this package, on onnxruntime; loads without torch, and is safe to share."""

    def __init__(self, embedding: Path, graph: Path = READER, *, threads: int | None = None) -> None:
        """Open the reader; `embedding` is the exported graph of the embedding model, which has its word vectors.

        Raises `ModelDamaged` when a file is not what it should be.
        """
        try:
            content = graph.read_bytes()
        except OSError as error:
            raise ModelDamaged(f"{graph}: the reader cannot be read ({error.strerror}); install Hoidap anew") from error
        self.sha256 = hashlib.sha256(content).hexdigest()
        if graph == READER and self.sha256 != READER_SHA256:
            raise ModelDamaged(f"{graph}: is not the reader that this version comes with; install Hoidap anew")
        try:
            self._pieces = UnigramTokenizer(embedding)
        except (OSError, ValueError, KeyError) as error:
            raise ModelDamaged(f"{embedding}: not a complete exported graph ({error}); remove it") from error
        self._words = WordVectors(embedding)
        self._session = _opened(graph, content)
        self._threads = threads or processors()

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each title and text, in order.

        A long text is read in windows that overlap, each on one thread: two side by side are faster than one on two.
        """
        heads = [head_of(self._pieces, question, title) for title, _ in texts]
        whole = [text_of(self._pieces, text) for _, text in texts]
        cut = [windows(self._pieces, head, text) for head, text in zip(heads, whole, strict=True)]
        # The longest first, so that no thread is left with one at the end.
        order = sorted((window for of_text in cut for window in of_text), key=lambda each: -len(each.pieces))
        with ThreadPoolExecutor(self._threads, thread_name_prefix="read") as pool:
            done = {id(window): scores for window, scores in zip(order, pool.map(self._run, order), strict=True)}
        return [
            _joined(text, of_text, [done[id(window)] for window in of_text])
            for text, of_text in zip(whole, cut, strict=True)
        ]

    def _run(self, window: Window) -> _Scored:
        spans, answers = self._session.run(None, feed_of(self._words, window))
        return _Scored(spans[0, window.first : -1] - spans[0, 0], float(answers[0, 0, 0]))


@dataclass(frozen=True, slots=True)
class _Scored:
    """The scores (n, 2) of the pieces of a window's text less those of no answer, and the log odds of one."""

    places: Scores
    answers: float


def _joined(text: Text, cut: Sequence[Window], scored: Sequence[_Scored]) -> Reading:
    """One reading of all windows of a text; a piece that two of them hold counts as where it counts more."""
    places = np.full((len(text.numbers), 2), -np.inf, np.float32)
    for window, scores in zip(cut, scored, strict=True):
        part = places[window.start : window.start + len(scores.places)]
        np.maximum(part, scores.places, out=part)
    return Reading(max(each.answers for each in scored), tuple(text.spans), places[:, 0], places[:, 1])


def _opened(graph: Path, content: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own, one for each status code
        raise ModelDamaged(f"{graph}: not the graph of a reader ({error})") from error
    if inputs := {each.name for each in session.get_inputs()} - {"words", "kinds"}:
        raise ModelDamaged(f"{graph}: not the graph of a reader (it takes {', '.join(sorted(inputs))})")
    return session
