"""The entailment model: whether a text bears out, denies, or does not decide what is said or asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.errors import ModelDamaged
from rag.models.cpu import usable_cores
from rag.models.onnx import WordVectors, feed_of, open_session
from rag.models.reader_windows import Window
from rag.models.tokenizer import UnigramTokenizer, shared_tokenizer

# The longest hypothesis and premise, in tokens.
HYPOTHESIS_TOKENS, PREMISE_TOKENS = 72, 176


@dataclass(frozen=True, slots=True)
class Entailment:
    """How likely (0 to 1, 1 in all) a premise contradicts a hypothesis, leaves it open, or entails it.

    Where the hypothesis is a question for yes or no, it is answered with no, not at all, or with yes.
    """

    contradiction: float
    neutral: float
    entailment: float


class EntailmentModel:
    """An entailment model that `hoidap train entailment` exported, on onnxruntime; for several threads."""

    def __init__(self, embedding: Path, graph: Path, *, threads: int | None = None) -> None:
        """Open a graph; `embedding` is the exported graph of the embedding model, which has its word vectors.

        Raises `ModelDamaged` when a file is not what it should be.
        """
        try:
            content = graph.read_bytes()
            self._tokenizer = shared_tokenizer(embedding)
        except (OSError, ValueError, KeyError) as error:
            raise ModelDamaged(f"{graph}, {embedding}: cannot be read ({error}); export it anew") from error
        self._words = WordVectors(embedding)
        self._session = open_session(graph, 1, content)
        self._threads = threads or usable_cores()

    def read(self, hypothesis: str, premises: Sequence[str]) -> list[Entailment]:
        """What each premise, in order, makes of a statement, or of a question for yes or no."""
        windows = [pair_of(self._tokenizer, hypothesis, premise) for premise in premises]
        with ThreadPoolExecutor(self._threads, thread_name_prefix="entail") as pool:
            return list(pool.map(self._run, windows))

    def _run(self, window: Window) -> Entailment:
        (logits,) = self._session.run(None, feed_of(self._words, window))
        shares = np.exp(logits[0, 0] - logits.max())
        return Entailment(*(shares / shares.sum()).tolist())


def pair_of(tokenizer: UnigramTokenizer, hypothesis: str, premise: str) -> Window:
    """`<s> hypothesis </s> premise </s>` as numbers of tokens; what is too long loses its end."""
    head = [tokenizer.bos, *tokenizer.encode(hypothesis, HYPOTHESIS_TOKENS), tokenizer.eos]
    return Window([*head, *tokenizer.encode(premise, PREMISE_TOKENS), tokenizer.eos], len(head), 0)
