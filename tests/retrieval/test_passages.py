from __future__ import annotations

import pytest

from rag.answering.evidence import find_evidence
from rag.assistant import Assistant
from rag.config import Config
from rag.index.filter import Filter
from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.query.query import Query, make_query
from rag.retrieval.candidates import find_candidates
from rag.retrieval.passages import READ_AMONG, Passages, RankingModels, rank_passages
from rag.retrieval.reading_stretch import WHOLE
from rag.retrieval.rerank import READ_OF_EACH, READ_SPANS
from rag.retrieval.sentence_vectors import SentenceVectors

METRO = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
EVERYTHING = Filter()


@pytest.fixture(scope="module")
def models(sample: Assistant, snapshot: Snapshot, embedder: Embedder) -> RankingModels:
    return RankingModels(SentenceVectors(snapshot.store, embedder), sample.reader)


def found(models: RankingModels, snapshot: Snapshot, query: Query, only: Filter, top_n: int) -> Passages:
    limit = models.candidates_for(Config().retrieval, top_n)
    return rank_passages(query, find_candidates(query, snapshot, only, limit), models, top_n)


@pytest.mark.parametrize(
    ("question", "least", "most"),
    [(METRO, WHOLE, WHOLE), ("Ai là kiến trúc sư của tháp Eiffel?", READ_SPANS, READ_SPANS + READ_OF_EACH)],
)
def test_the_best_passages_are_read(
    models: RankingModels, snapshot: Snapshot, embedder: Embedder, question: str, least: int, most: int
) -> None:
    ranked = found(models, snapshot, make_query(question, snapshot.statistics, embedder), EVERYTHING, 12)
    assert len(ranked.passages) == 12
    assert ranked.readings is not None
    assert least <= len(ranked.readings) <= most
    assert set(ranked.readings) == {passage.chunk_id for passage in ranked.passages[: len(ranked.readings)]}


def test_scores_fall_behind_the_passages_that_were_read(
    models: RankingModels, snapshot: Snapshot, embedder: Embedder
) -> None:
    query = make_query(METRO, snapshot.statistics, embedder)
    for only in (EVERYTHING, Filter(languages=("vi",))):
        ranked = found(models, snapshot, query, only, 40)
        assert ranked.readings is not None
        assert len(ranked.passages) > READ_AMONG > len(ranked.readings)
        scores = [passage.score for passage in ranked.passages]
        assert scores == sorted(scores, reverse=True)


def test_a_shorter_list_is_the_head_of_a_longer(models: RankingModels, snapshot: Snapshot, embedder: Embedder) -> None:
    query = make_query("How many visitors a year are allowed into Son Doong?", snapshot.statistics, embedder)
    longest = found(models, snapshot, query, EVERYTHING, 40).passages
    for top_n in (1, 5, 12):
        assert found(models, snapshot, query, EVERYTHING, top_n).passages == longest[:top_n]


def test_none_are_found_when_none_are_wanted(models: RankingModels, snapshot: Snapshot, embedder: Embedder) -> None:
    query = make_query(METRO, snapshot.statistics, embedder)
    assert found(models, snapshot, query, EVERYTHING, 0).passages == ()


def test_passages_in_other_languages_are_read_too(
    models: RankingModels, snapshot: Snapshot, embedder: Embedder
) -> None:
    query = make_query("When was the Cat Linh – Ha Dong metro line opened?", snapshot.statistics, embedder)
    ranked = found(models, snapshot, query, Filter(languages=("vi",)), 5)
    assert ranked.readings is not None
    evidence = find_evidence(query, ranked)
    assert evidence.read
    assert evidence.signals is not None
    assert evidence.signals.kind == "cross"
    assert evidence.signals.reading == max(reading.relevance for reading in ranked.readings.values())


def test_beside_passages_in_other_languages_those_in_its_own_are_read(
    models: RankingModels, snapshot: Snapshot, embedder: Embedder
) -> None:
    query = make_query("How many visitors a year are allowed into Son Doong?", snapshot.statistics, embedder)
    ranked = found(models, snapshot, query, EVERYTHING, 12)
    assert ranked.readings is not None
    read = [passage.language for passage in ranked.passages if passage.chunk_id in ranked.readings]
    assert READ_OF_EACH <= read.count("en") < len(read)
    evidence = find_evidence(query, ranked)
    assert "about 1,000 visitors a year" in evidence.quotes[0].text


def test_the_evidence_is_of_the_passages(models: RankingModels, snapshot: Snapshot, embedder: Embedder) -> None:
    query = make_query(METRO, snapshot.statistics, embedder)
    ranked = found(models, snapshot, query, EVERYTHING, 5)
    evidence = find_evidence(query, ranked)
    assert evidence.read
    assert evidence.passages == ranked.passages
    assert "12 nhà ga" in evidence.quotes[0].text
