from __future__ import annotations

import pytest

from rag.answering.evidence import Evidence, find_evidence
from rag.assistant import Assistant
from rag.config import Config
from rag.index.filter import Filter
from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.query.query import Query
from rag.retrieval.passage_sentences import SentenceVectors
from rag.retrieval.pipeline import Finder, Found
from rag.retrieval.rerank import READ_AMONG, READ_OF_EACH, READ_SPANS

METRO = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
EVERYTHING = Filter()


@pytest.fixture(scope="module")
def finder(sample: Assistant, embedder: Embedder) -> Finder:
    vectors = SentenceVectors(embedder)
    return Finder(Config().retrieval, lambda: vectors, lambda: sample.reader)


def evidence_of(query: Query, found: Found, embedder: Embedder) -> Evidence:
    return find_evidence(query, found.passages, SentenceVectors(embedder), readings=found.readings)


def test_the_best_passages_are_read(finder: Finder, snapshot: Snapshot, embedder: Embedder) -> None:
    found = finder.passages(snapshot, Query(METRO, snapshot.statistics, embedder), EVERYTHING, 12)
    assert len(found.passages) == 12
    assert found.readings is not None
    assert READ_SPANS <= len(found.readings) <= READ_SPANS + READ_OF_EACH
    assert set(found.readings) == {passage.chunk_id for passage in found.passages[: len(found.readings)]}


def test_scores_fall_behind_the_passages_that_were_read(finder: Finder, snapshot: Snapshot, embedder: Embedder) -> None:
    query = Query(METRO, snapshot.statistics, embedder)
    for only in (EVERYTHING, Filter(languages=("vi",))):
        found = finder.passages(snapshot, query, only, 40)
        assert found.readings is not None
        assert len(found.passages) > READ_AMONG > len(found.readings)
        scores = [passage.score for passage in found.passages]
        assert scores == sorted(scores, reverse=True)


def test_a_shorter_list_is_the_head_of_a_longer(finder: Finder, snapshot: Snapshot, embedder: Embedder) -> None:
    query = Query("How many visitors a year are allowed into Son Doong?", snapshot.statistics, embedder)
    longest = finder.passages(snapshot, query, EVERYTHING, 40).passages
    for top_n in (1, 5, 12):
        assert finder.passages(snapshot, query, EVERYTHING, top_n).passages == longest[:top_n]


def test_the_settings_say_how_many(finder: Finder, snapshot: Snapshot, embedder: Embedder) -> None:
    query = Query(METRO, snapshot.statistics, embedder)
    assert len(finder.passages(snapshot, query, EVERYTHING).passages) == Config().retrieval.top_n
    assert finder.passages(snapshot, query, EVERYTHING, 0).passages == ()


def test_passages_in_other_languages_are_read_too(finder: Finder, snapshot: Snapshot, embedder: Embedder) -> None:
    query = Query("When was the Cat Linh – Ha Dong metro line opened?", snapshot.statistics, embedder)
    found = finder.passages(snapshot, query, Filter(languages=("vi",)))
    assert found.readings is not None
    evidence = evidence_of(query, found, embedder)
    assert evidence.read
    assert evidence.signals is not None
    assert evidence.signals.kind == "cross"
    assert evidence.signals.reading == max(reading.relevance for reading in found.readings.values())


def test_beside_passages_in_other_languages_those_in_its_own_are_read(
    finder: Finder, snapshot: Snapshot, embedder: Embedder
) -> None:
    query = Query("How many visitors a year are allowed into Son Doong?", snapshot.statistics, embedder)
    found = finder.passages(snapshot, query, EVERYTHING, 12)
    assert found.readings is not None
    read = [passage.language for passage in found.passages if passage.chunk_id in found.readings]
    assert READ_OF_EACH <= read.count("en") < len(read)
    evidence = evidence_of(query, found, embedder)
    assert "about 1,000 visitors a year" in evidence.quotes[0].text


def test_the_evidence_is_of_the_passages(finder: Finder, snapshot: Snapshot, embedder: Embedder) -> None:
    query = Query(METRO, snapshot.statistics, embedder)
    found = finder.passages(snapshot, query, EVERYTHING)
    evidence = evidence_of(query, found, embedder)
    assert evidence.read
    assert evidence.passages == found.passages
    assert "12 nhà ga" in evidence.quotes[0].text
