"""A question of the training set with all that is found for it: candidates, passages and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answering.evidence import Evidence, find_evidence
from rag.assistant import Assistant
from rag.evaluation.metrics import contains
from rag.index.filter import Filter
from rag.index.snapshot import Collection
from rag.models.reader import SpanReader
from rag.progress import Progress
from rag.query.query import Query, make_query
from rag.retrieval.candidates import Candidates, find_candidates
from rag.retrieval.passages import Passages, RankingModels, rank_passages
from rag.retrieval.sentence_vectors import SentenceVectors
from rag.training.weight_questions import WeightQuestion


@dataclass(frozen=True, eq=False, slots=True)
class RetrievedQuestion:
    """A question and its candidates, which no weight has a part in."""

    question: WeightQuestion
    query: Query
    candidates: Candidates

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which of the candidates (n,) are of the article with the answer."""
        return np.array([each.article_id == self.question.article_id for each in self.candidates.chunks], np.bool_)


@dataclass(frozen=True, eq=False, slots=True)
class RankedQuestion:
    """A question and its passages, ranked by the weights of the fusion, with a reader and without."""

    question: WeightQuestion
    query: Query
    with_reader: Passages
    without_reader: Passages

    def holds_answer(self, evidence: Evidence) -> bool:
        """Whether the first quote is of the right article and contains an accepted answer."""
        return bool(evidence.quotes) and self.is_right(evidence.quotes[0].article_id, evidence.quotes[0].text)

    def is_right(self, article_id: str, text: str) -> bool:
        """Whether a text of an article contains an accepted answer and is of the right article."""
        return article_id == self.question.article_id and contains(text, self.question.answers) > 0


class TrainingCollection:
    """The collection that training questions are asked of, and the models that rank what is found in it."""

    def __init__(self, assistant: Assistant) -> None:
        """`assistant` is one over the collection, with the settings that are to be fitted for."""
        self._settings = assistant.config.retrieval
        self._embedder = assistant.embedder
        self._reader: SpanReader | None = assistant.reader
        self._snapshot = Collection(assistant.config.index, self._embedder).snapshot()
        self.vectors = SentenceVectors(self._snapshot.store, self._embedder)

    def retrieve(self, questions: Sequence[WeightQuestion], progress: Progress) -> list[RetrievedQuestion]:
        """The questions with their candidates, in order. `progress` is told how many are done, and of how many."""
        models = RankingModels(self.vectors, self._reader)
        limit = models.candidates_for(self._settings, self._settings.top_n)
        found: list[RetrievedQuestion] = []
        for each in questions:
            query = make_query(each.question, self._snapshot.statistics, self._embedder)
            found.append(RetrievedQuestion(each, query, find_candidates(query, self._snapshot, Filter(), limit)))
            progress("candidates", len(found), len(questions))
        return found

    def rank(self, retrieved: Sequence[RetrievedQuestion], progress: Progress) -> list[RankedQuestion]:
        """The questions with their passages, in order, under the weights of the fusion in use."""
        ranked: list[RankedQuestion] = []
        for each in retrieved:
            found = [
                rank_passages(each.query, each.candidates, RankingModels(self.vectors, reader), self._settings.top_n)
                for reader in (self._reader, None)
            ]
            ranked.append(RankedQuestion(each.question, each.query, *found))
            progress("passages", len(ranked), len(retrieved))
        return ranked

    def evidence(self, ranked: RankedQuestion, *, reader: bool = True) -> Evidence:
        """The evidence for a question, under the weights in use."""
        return find_evidence(ranked.query, ranked.with_reader if reader else ranked.without_reader)
