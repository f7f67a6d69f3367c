"""The trained reader: a question and texts -> how likely each answers it, and with which words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelDamaged
from rag.models.cpu import usable_cores
from rag.models.onnx import WordVectors, feed_of, open_session
from rag.models.reader_windows import Text, Window, head_of, text_of, windows
from rag.models.reranker import Reading, Scores, TitledText
from rag.models.tokenizer import shared_tokenizer

READER = Path(__file__).parents[1] / "weights" / "reader.onnx"
READER_SHA256 = "06c8a6da5aa3bee513cf09a1c7b0b04e55c47e76a99ec69e6dd74cb0ae33eb53"


class SpanReader:
    """A `Reranker` that also finds answers: the reader that comes with this package, on onnxruntime, without torch."""

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
            self._tokenizer = shared_tokenizer(embedding)
        except (OSError, ValueError, KeyError) as error:
            raise ModelDamaged(f"{embedding}: not a complete exported graph ({error}); remove it") from error
        self._words = WordVectors(embedding)
        self._session = _opened(graph, content)
        # One for all questions: many at once wait for their turn, and do not start threads that push each other aside.
        self._pool = ThreadPoolExecutor(threads or usable_cores(), thread_name_prefix="read")

    def read(self, question: str, passages: Sequence[TitledText]) -> list[Reading]:
        """A reading of each passage, in order, however long it takes (some ten milliseconds each).

        A long passage is read in windows that overlap, each on one thread: two side by side are faster than one on two.
        """
        heads = [head_of(self._tokenizer, question, title) for title, _ in passages]
        whole = [text_of(self._tokenizer, text) for _, text in passages]
        cut = [windows(self._tokenizer, head, text) for head, text in zip(heads, whole, strict=True)]
        # The longest first, so that no thread is left with one at the end.
        order = sorted((window for of_text in cut for window in of_text), key=lambda each: -len(each.tokens))
        done = {id(window): scores for window, scores in zip(order, self._pool.map(self._run, order), strict=True)}
        return [
            _joined(text, of_text, [done[id(window)] for window in of_text])
            for text, of_text in zip(whole, cut, strict=True)
        ]

    def _run(self, window: Window) -> _Scored:
        spans, answers = self._session.run(None, feed_of(self._words, window))
        return _Scored(spans[0, window.first : -1] - spans[0, 0], float(answers[0, 0, 0]))


@dataclass(frozen=True, slots=True)
class _Scored:
    """The scores (n, 2) of the tokens of a window's text less those of no answer, and the log odds of one."""

    places: Scores
    answers: float


def _joined(text: Text, cut: Sequence[Window], scored: Sequence[_Scored]) -> Reading:
    """One reading of all windows of a text; a token that two of them hold counts as where it counts more."""
    places = np.full((len(text.numbers), 2), -np.inf, np.float32)
    for window, scores in zip(cut, scored, strict=True):
        part = places[window.start : window.start + len(scores.places)]
        np.maximum(part, scores.places, out=part)
    return Reading(max(each.answers for each in scored), tuple(text.ranges), places[:, 0], places[:, 1])


def _opened(graph: Path, content: bytes) -> Any:
    try:
        session = open_session(graph, 1, content)
    except ModelDamaged as error:
        raise ModelDamaged(f"{graph}: not the graph of a reader ({error.__cause__})") from error
    if inputs := {each.name for each in session.get_inputs()} - {"words", "kinds"}:
        raise ModelDamaged(f"{graph}: not the graph of a reader (it takes {', '.join(sorted(inputs))})")
    return session
