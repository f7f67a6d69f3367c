"""The fit of the weights of sentences: those under which the sentences that hold the answer are the likeliest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answering.evidence_weights import EvidenceWeights, evidence_weights
from rag.answering.sentence_scores import SentenceFeatures, cosines_of, reader_answers, sentence_features, sentences_in
from rag.errors import GoldError
from rag.retrieval.passages import Passages
from rag.training.retrieved_question import RankedQuestion, TrainingCollection
from rag.training.softmax_regression import Features, Group, softmax_weights


@dataclass(frozen=True, eq=False, slots=True)
class _Example:
    """The features of the sentences found for a question, and which of them hold the answer (n,)."""

    features: SentenceFeatures
    right: NDArray[np.bool_]

    @property
    def base(self) -> Features:
        """What there is without a reader (n, 3): cosine, words and passage."""
        found = self.features
        return np.column_stack((found.cosine, found.words, found.passage)).astype(np.float64)


def fit_evidence(questions: Sequence[RankedQuestion], collection: TrainingCollection) -> EvidenceWeights:
    """The weights fitted on questions; `reader_floor`, `other_language` and `latest` stay those in use.

    First those of what there is without a reader, by softmax regression on passages ranked without it; then, on
    passages that it read, the reader's beside their sum. They are scaled so that the cosine weighs one. Raises
    `GoldError` when the cosine speaks against an answer, as it can for too few questions.
    """
    plain = [_example(each, each.without_reader) for each in questions]
    cosine, words, passage = softmax_weights(_groups((each, each.base) for each in plain))
    if cosine <= 0:
        raise GoldError("too few questions to fit the weights of sentences on: the cosine speaks against an answer")
    base = np.array([cosine, words, passage]) / cosine
    read = [_example(each, each.with_reader) for each in questions if each.with_reader.readings]
    both = ((each, np.column_stack((each.base @ base, np.asarray(each.features.reader)))) for each in read)
    score, reader = softmax_weights(_groups(both))
    return replace(
        evidence_weights(),
        cosine=1.0,
        words=round(float(words / cosine), 3),
        passage=round(float(passage / cosine), 3),
        reader=round(float(reader / score), 3),
    )


def _example(each: RankedQuestion, found: Passages) -> _Example:
    query, readings = each.query, found.readings or {}
    sentences = sentences_in(query, found.passages)
    features = sentence_features(
        query,
        sentences,
        cosines_of(query, sentences, found.cosines),
        readings,
        reader_answers(query, sentences, readings),
    )
    right = [each.is_right(sentence.passage.article_id, sentence.text) for sentence in sentences]
    return _Example(features, np.array(right, np.bool_))


def _groups(examples: Iterable[tuple[_Example, Features]]) -> list[Group]:
    """Those of the examples in which some sentences hold the answer and others do not."""
    return [(features, each.right) for each, features in examples if each.right.any() and not each.right.all()]


def measure_evidence(questions: Sequence[RankedQuestion], collection: TrainingCollection) -> dict[str, float]:
    """The shares of questions (0 to 1) whose first quote holds the answer, under the weights in use."""
    shares = {}
    for name, reader in (("first quote holds the answer", True), ("the same without the reader", False)):
        shares[name] = float(
            np.mean([each.holds_answer(collection.evidence(each, reader=reader)) for each in questions])
        )
    return shares
