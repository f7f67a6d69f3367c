"""Any cross-encoder that sentence-transformers loads, as a reranker that reads within a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from rag.errors import ModelDamaged, ModelError
from rag.models.registry import find_on_disk
from rag.models.reranker import Reading, TitledText

# How many passages are read at a time: between two batches the clock is looked at.
BATCH = 4
# The longest title before a passage, in characters.
TITLE_CHARACTERS = 200

Pair = tuple[str, str]
Scorer = Callable[[list[Pair]], Sequence[float]]


class CrossEncoderReranker:
    """A `Reranker` over a cross-encoder on this machine, loaded when first used; it finds no answers."""

    def __init__(self, name: str, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`name` is a folder, or a hub name in the local cache; `seconds` is the longest time for one question."""
        self.name = name
        self._seconds = seconds
        self._clock = clock
        self._scorer: Scorer | None = None
        self._loading = threading.Lock()
        # Its tokenizer is not safe to share: two threads that truncate differently borrow it mutably.
        self._using = threading.Lock()

    def read(self, question: str, passages: Sequence[TitledText]) -> list[Reading | None]:
        """The relevance of each passage, in order; None for those behind the time of one question.

        A batch is not begun that would end too late if it took as long as the slowest before it; the first always is.
        Raises `ModelMissing` when the model is not on this machine, `ModelDamaged` when it is there and does not load,
        `ModelError` when it gives not one score to a passage.
        """
        pairs = [(question, under_title(*each)) for each in passages]
        scores = self._scores(pairs) if pairs else []
        return [*map(Reading, scores), *[None] * (len(pairs) - len(scores))]

    def _scores(self, pairs: list[Pair]) -> list[float]:
        """Scores of as many of the first pairs as the time allows, but of one batch at least."""
        score = self._load()
        begin = now = self._clock()
        slowest = 0.0
        scores: list[float] = []
        while len(scores) < len(pairs) and now + slowest <= begin + self._seconds:
            with self._using:
                scores += score(pairs[len(scores) : len(scores) + BATCH])
            before, now = now, self._clock()
            slowest = max(slowest, now - before)
        return scores

    def _load(self) -> Scorer:
        with self._loading:
            if self._scorer is None:
                self._scorer = load_scorer(self.name)
            return self._scorer


def under_title(title: str, text: str) -> str:
    """A passage as a cross-encoder reads it: the beginning of its title on a line of its own, if it has one."""
    return f"{title[:TITLE_CHARACTERS]}\n{text}" if title else text


def load_scorer(name: str) -> Scorer:
    """Load a cross-encoder from this machine; what it returns gives a log odds of relevance to each pair of texts.

    Raises `ModelMissing` when it is not there, `ModelDamaged` when it does not load, `ModelError` when it gives more
    than one score to a pair.
    """
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    folder = find_on_disk(name)
    try:
        model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    except Exception as error:  # each file format it reads raises classes of its own
        raise ModelDamaged(f"{folder}: sentence-transformers cannot load {name} ({error}); pull it again") from error
    if model.num_labels != 1:
        raise ModelError(
            f"{name}: gives {model.num_labels} scores to a passage, not one; choose another retrieval.rerank_model"
        )

    def score(pairs: list[Pair]) -> list[float]:
        # Squeezed between 0 and 1 the best scores would become equal. Rounded, the same text gets the same score beside
        # shorter and longer ones.
        scores = model.predict(pairs, batch_size=BATCH, activation_fn=Identity(), show_progress_bar=False)
        return [round(float(each), 4) for each in scores]

    return score
