"""Passages read again together with the question: a cross-encoder orders the best of them anew, within a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.errors import ModelDamaged, ModelError
from rag.models.reader import Reading, Readings
from rag.models.registry import find_on_disk
from rag.query.query import Query
from rag.retrieval.fusion import OF_EACH, READ_BY_SENTENCE, Passage

# How many of the best passages are read, and how many at a time: between two batches the clock is looked at.
READ = 30
BATCH = 4

# How many of the best passages the trained reader reads, how many of those in the question's language and of the others
# at least, and among how many these are looked for.
READ_SPANS, READ_OF_EACH, READ_AMONG = 5, 2, READ_BY_SENTENCE + OF_EACH
# What its log odds of an answer and its score of the best span add to a passage, the least that either counts as, and
# how much more both count in another language than the question, where it is less sure. (Parallel passages, half of
# them in each of two languages, would have it 3, the sample collection 0.)
READING, SPAN, LEAST, ABROAD = 0.25, 0.25, -12.0, 1.5

Pair = tuple[str, str]
Scorer = Callable[[list[Pair]], Sequence[float]]


def to_read(passages: Sequence[Passage], query: Query) -> list[Passage]:
    """The best passages, and the best in the question's language and in others: scores compare these less well."""
    foreign = [query.is_foreign_to(each.language) for each in passages]
    chosen = set(range(min(READ_SPANS, len(passages))))
    for side in (False, True):
        chosen.update([place for place, other in enumerate(foreign) if other is side][:READ_OF_EACH])
    return [passages[place] for place in sorted(chosen)]


def by_reading(passages: Sequence[Passage], readings: Readings, query: Query) -> list[Passage]:
    """The passages by their scores and by how likely the reader finds an answer in each, ties as before.

    Those that it did not read stay behind the others, with scores that still fall.
    """
    read = [each for each in passages if each.chunk_id in readings]
    ordered = sorted(
        (
            replace(each, score=each.score + worth(readings[each.chunk_id], abroad=query.is_foreign_to(each.language)))
            for each in read
        ),
        key=lambda each: -each.score,
    )
    rest = [each for each in passages if each.chunk_id not in readings]
    fall = min(0.0, ordered[-1].score - rest[0].score) if ordered and rest else 0.0
    return [*ordered, *(replace(each, score=each.score + fall) for each in rest)]


def worth(reading: Reading, *, abroad: bool = False) -> float:
    """What a reading adds to the score of a passage, which may be in another language than the question."""
    best, more = reading.best(), ABROAD if abroad else 0.0
    return READING * max(LEAST, reading.answers + more) + SPAN * max(LEAST, best.score + more if best else LEAST)


class CrossEncoderReranker:
    """Any cross-encoder that sentence-transformers loads from this machine, loaded when first used.

    Its methods may be called from several threads.
    """

    def __init__(self, name: str, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`name` is a folder, or a hub name in the local cache; `seconds` is the longest time for one question."""
        self.name = name
        self._seconds = seconds
        self._clock = clock
        self._scorer: Scorer | None = None
        self._loading = threading.Lock()
        # Its tokenizer is not safe to share: two threads that truncate differently borrow it mutably.
        self._using = threading.Lock()

    def rerank(self, question: str, passages: Sequence[Passage]) -> list[Passage]:
        """The passages in their new order.

        A place keeps its score, so that scores still fall and still mean what they meant to those that read them.
        """
        order = self.order(question, [titled(passage.title, passage.text) for passage in passages])
        return [replace(passages[i], score=held.score) for i, held in zip(order, passages, strict=True)]

    def order(self, question: str, texts: Sequence[str]) -> list[int]:
        """The places of the texts, best first, ties by place.

        Texts are read from the first on. Those that are read in time are ordered among the places that they held; the
        others stay where they are, for nothing is known against them. Loading the model does not count.
        Raises `ModelMissing` when it is not on this machine, `ModelDamaged` when it is there and does not load.
        """
        scores = self._scores([(question, text) for text in texts[:READ]])
        return [*sorted(range(len(scores)), key=lambda i: -scores[i]), *range(len(scores), len(texts))]

    def _scores(self, pairs: list[Pair]) -> list[float]:
        """Scores of as many of the first pairs as the time allows, but of one batch at least."""
        if len(pairs) < 2:
            return []
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


def titled(title: str, text: str) -> str:
    """A text under the head of its title."""
    return f"{title[:200]}\n{text}" if title else text


def load_scorer(name: str) -> Scorer:
    """Load a cross-encoder from this machine; higher scores are more relevant.

    Raises `ModelMissing` when it is not there, `ModelDamaged` when it does not load, `ModelError` when it is none.
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
