"""What every leg and every term statistics promise: `rag.index.leg`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.config import ChunkSettings
from rag.errors import UsageError
from rag.index.filter import EVERYTHING, Filter
from rag.index.ingest import ingest
from rag.index.leg import Field, Hits, Leg, TermStatistics
from rag.index.snapshot import Collection, Snapshot
from rag.index.store import Store
from rag.text.analyzer import index_terms
from tests.doubles import HashEmbedder, MemoryDenseLeg, MemoryLexicalLeg, MemoryTermStatistics
from tests.strategies import texts

EMBEDDER = HashEmbedder()
# Two hold the same text: their scores are equal.
GA = "# Ga Hà Nội\n\nGa Hà Nội ở phố Lê Duẩn. Ga xây năm 1902.\n"
ARTICLES = {
    "vi/cau.md": "---\npublished: 2013-03-29\n---\n# Cầu Rồng\n\nCầu Rồng bắc qua sông Hàn. Cầu dài 666 mét.\n",
    "vi/ga.md": f"---\npublished: 2016-07-21\n---\n{GA}",
    "vi/hai.md": f"---\npublished: 2016-07-21\n---\n{GA}",
    "vi/nui.txt": "Fansipan\n\nĐỉnh Fansipan cao 3.147 mét, cao nhất Đông Dương. " + "Đường lên núi dài và dốc. " * 20,
    "en/bridge.md": "---\nlanguage: en\n---\n# Dragon Bridge\n\nThe bridge over the Han is 666 metres long.\n",
}
FILTERS = [
    Filter(languages="vi"),
    Filter(languages=("en", "fr")),
    Filter(since="2016", until="2016-07"),
    Filter(articles=("vi/ga.md", "vi/hai.md", "nowhere")),
    Filter(sources="nui"),
    Filter(until="1900"),
]
FOUND = ["cầu rồng dài bao nhiêu mét", "ga ha noi", "1902", "đường lên Fansipan", "dragon bridge"]
QUESTIONS = [*FOUND, "?!", "không-có-gì"]


@dataclass(frozen=True)
class Case:
    """A leg, how a text becomes its query, the store that it is of, and whether it finds by terms alone."""

    leg: Leg[Any]
    query: Callable[[str], Any]
    store: Store
    lexical: bool

    def search(self, question: str, limit: int = 1000, only: Filter = EVERYTHING) -> Hits:
        return self.leg.search(self.query(question), limit, only)


def vector(text: str) -> Any:
    return EMBEDDER.embed_queries([text])[0]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A small collection on disk; one article was removed from it."""
    docs, index = tmp_path_factory.mktemp("docs"), tmp_path_factory.mktemp("index")
    for name, text in {**ARTICLES, "gone.txt": "Bị gỡ\n\nGa Hà Nội cũ."}.items():
        (docs / name).parent.mkdir(exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")
    for _ in range(2):
        ingest(index, [docs], EMBEDDER, ChunkSettings(size=32, overlap=4))
        (docs / "gone.txt").unlink(missing_ok=True)
    return Collection(index, EMBEDDER).snapshot()


CASES = ["dense, of this machine", "dense, double", "lexical, of this machine", "lexical, double"]


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, snapshot: Snapshot) -> Case:
    store = snapshot.store
    return {
        "dense, of this machine": Case(snapshot.dense, vector, store, lexical=False),
        "dense, double": Case(MemoryDenseLeg(store), vector, store, lexical=False),
        "lexical, of this machine": Case(snapshot.lexical, str, store, lexical=True),
        "lexical, double": Case(MemoryLexicalLeg(store), str, store, lexical=True),
    }[request.param]


def everything(store: Store) -> list[int]:
    return [chunk.id for chunk in store.all_chunks()]


def shares_a_term(question: str, text: str) -> bool:
    pairs = zip(index_terms(question), index_terms(text), strict=True)
    return any({*mine} & {*theirs} for mine, theirs in pairs)


def check(case: Case, question: str, hits: Hits, limit: int) -> None:
    assert len(hits) == len(hits.ids) == len(hits.scores) <= limit
    assert hits.ids.dtype == np.int64
    assert hits.scores.dtype == np.float32
    assert (hits.ids.ndim, hits.scores.ndim) == (1, 1)
    found = hits.ids.tolist()
    assert len(set(found)) == len(found)
    order = sorted(zip(found, hits.scores.tolist(), strict=True), key=lambda each: (-each[1], each[0]))
    assert [chunk_id for chunk_id, _ in order] == found, "the best first, equal scores in order of id"
    chunks = case.store.chunks(found)
    assert len(chunks) == len(found)
    if case.lexical:
        assert (hits.scores > 0).all()
        assert all(shares_a_term(question, chunks[each].indexed) for each in found)
    else:
        assert (np.abs(hits.scores) <= 1.001).all()


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("limit", [0, 1, 3, 1000])
def test_the_best_come_first(case: Case, question: str, limit: int) -> None:
    hits, whole = case.search(question, limit), case.search(question)
    check(case, question, hits, limit)
    assert len(hits) == min(limit, len(whole))
    np.testing.assert_allclose(hits.scores, whole.scores[:limit], rtol=1e-5)


@pytest.mark.parametrize("question", QUESTIONS)
def test_all_that_can_be_found_is_found(case: Case, question: str) -> None:
    chunks = {chunk.id: chunk for chunk in case.store.all_chunks()}
    wanted = {each for each, chunk in chunks.items() if not case.lexical or shares_a_term(question, chunk.indexed)}
    assert set(case.search(question).ids.tolist()) == wanted


@settings(max_examples=30)
@given(question=texts, limit=st.integers(0, 12))
def test_any_text_may_be_asked(case: Case, question: str, limit: int) -> None:
    if not case.lexical and not question.strip():
        return
    check(case, question, case.search(question, limit), limit)


def test_a_chunk_is_found_by_its_own_text(case: Case) -> None:
    for chunk in case.store.all_chunks():
        hits = case.search(chunk.indexed)
        best = hits.ids[hits.scores >= hits.scores[0] - 1e-3]
        if case.lexical:  # a longer text that repeats its terms may score higher
            assert chunk.id in hits.ids
        else:
            assert chunk.id in best
            assert hits.scores[0] == pytest.approx(1, abs=1e-2)


def test_equal_texts_have_equal_scores(case: Case) -> None:
    hits = case.search("ga hà nội")
    scores = dict(zip(hits.ids.tolist(), hits.scores.tolist(), strict=True))
    one, other = ([each.id for each in case.store.chunks_of([name])] for name in ("vi/ga.md", "vi/hai.md"))
    assert one
    assert [scores[each] for each in one] == [scores[each] for each in other]


@pytest.mark.parametrize("only", FILTERS, ids=str)
@pytest.mark.parametrize("question", FOUND)
def test_a_filter_narrows_and_changes_no_score(case: Case, question: str, only: Filter) -> None:
    let_through = set(case.store.chunk_ids(only).tolist())
    whole, hits = case.search(question), case.search(question, only=only)
    check(case, question, hits, 1000)
    wanted = [each for each in whole.ids.tolist() if each in let_through]
    assert hits.ids.tolist() == wanted
    scores = dict(zip(whole.ids.tolist(), whole.scores.tolist(), strict=True))
    np.testing.assert_allclose(hits.scores, [scores[each] for each in wanted], rtol=1e-5)
    assert len(case.search(question, 1, only)) == min(1, len(wanted))


@pytest.mark.parametrize("only", [Filter(articles="nowhere"), Filter(languages="fr")], ids=str)
def test_a_filter_that_names_nothing_that_is_there_is_refused(case: Case, only: Filter) -> None:
    with pytest.raises(UsageError, match=r"nowhere|fr"):
        case.search("cầu", only=only)


@pytest.mark.parametrize("question", QUESTIONS)
def test_scores_are_those_of_search_in_the_order_asked_for(case: Case, question: str) -> None:
    ids = np.array(everything(case.store), np.int64)[::-1]
    hits = case.search(question)
    known = dict(zip(hits.ids.tolist(), hits.scores.tolist(), strict=True))
    scores = case.leg.scores(case.query(question), ids)
    assert scores.dtype == np.float32
    assert scores.shape == ids.shape
    np.testing.assert_allclose(scores, [known.get(each, 0.0) for each in ids.tolist()], rtol=1e-5)
    some = np.array([ids[2], ids[0]])
    np.testing.assert_allclose(case.leg.scores(case.query(question), some), scores[[2, 0]], rtol=1e-5)
    assert case.leg.scores(case.query(question), ids[:0]).shape == (0,)


def test_several_threads_may_search(case: Case) -> None:
    expected = {
        (question, only): case.search(question, 5, only).ids.tolist() for question in QUESTIONS for only in FILTERS
    }
    failures: list[BaseException] = []

    def search() -> None:
        try:
            for (question, only), ids in expected.items():
                assert case.search(question, 5, only).ids.tolist() == ids
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# Term statistics


@pytest.fixture(scope="module", params=["of this machine", "double"])
def statistics(request: pytest.FixtureRequest, snapshot: Snapshot) -> TermStatistics:
    return snapshot.statistics if request.param == "of this machine" else MemoryTermStatistics(snapshot.store)


def test_frequencies_count_the_chunks_that_hold_a_term(statistics: TermStatistics, snapshot: Snapshot) -> None:
    chunks = [index_terms(chunk.indexed) for chunk in snapshot.store.all_chunks()]
    assert statistics.chunk_count == len(chunks)
    fields: tuple[Field, ...] = get_args(Field)
    for place, field in enumerate(fields):
        for term in {term for terms in chunks for term in terms[place]}:
            held = sum(term in terms[place] for terms in chunks)
            # A removed chunk may still count.
            assert held <= statistics.document_frequency(term, field) <= min(held + 1, len(chunks))


def test_terms_are_told_apart_as_they_are_typed(statistics: TermStatistics) -> None:
    assert statistics.document_frequency("rồng", "words") > 0
    assert statistics.document_frequency("rong", "words") == 0
    assert statistics.document_frequency("rong", "folded") > 0
    for term in ("", "Rồng", "vắng", "hai từ"):
        assert statistics.document_frequency(term, "words") == 0


def test_the_collection_is_the_one_on_disk(snapshot: Snapshot) -> None:
    """What all of the above is checked on holds every article, several chunks of one, and none that was removed."""
    assert {chunk.article_id for chunk in snapshot.store.all_chunks()} == set(ARTICLES)
    assert len(everything(snapshot.store)) > len(ARTICLES)
