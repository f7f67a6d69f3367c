from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rag.config import ChunkSettings
from rag.index.filter import Filter
from rag.index.ingest import ingest, remove
from rag.index.snapshot import Collection, Snapshot
from rag.index.store import StoredChunk
from rag.models.embedder import Embedder
from rag.query.query import make_query
from rag.retrieval.candidates import Candidates, find_candidates
from rag.retrieval.fusion import fuse, standardised
from rag.retrieval.nearest_sentence import RERANKED, RERANKED_OF_EACH_SIDE, _split
from rag.retrieval.passage import Passage
from rag.retrieval.passages import RankingModels, rank_passages
from rag.retrieval.sentence_vectors import SentenceVectors
from rag.retrieval.word_features import word_features
from tests.doubles import HashEmbedder

EVERYTHING = Filter()
METRO = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"


def found(snapshot: Snapshot, embedder: Embedder, question: str, top_n: int = 5) -> list[Passage]:
    query = make_query(question, snapshot.statistics, embedder)
    candidates = find_candidates(query, snapshot, EVERYTHING, 100)
    return [*rank_passages(query, candidates, RankingModels(SentenceVectors(snapshot.store, embedder)), top_n).passages]


def places(passages: list[Passage]) -> list[int]:
    return [passage.chunk_id for passage in passages]


def test_the_best_comes_first_and_a_shorter_list_is_its_head(snapshot: Snapshot, embedder: Embedder) -> None:
    passages = found(snapshot, embedder, METRO, top_n=50)
    assert passages[0].article_id == "metro-cat-linh-ha-dong.md"
    keys = [(-passage.score, passage.chunk_id) for passage in passages]
    assert keys == sorted(keys)
    assert len(set(places(passages))) == len(passages)
    assert passages[:3] == found(snapshot, embedder, METRO, top_n=3)


def test_a_passage_is_a_piece_of_its_article(snapshot: Snapshot, embedder: Embedder) -> None:
    for passage in found(snapshot, embedder, METRO, top_n=100):
        article = snapshot.store.article(passage.article_id)
        assert article is not None
        assert article.text[passage.start : passage.end] == passage.text
        assert (article.title, article.source, article.language) == (passage.title, passage.source, passage.language)
        assert -1.001 <= passage.cosine <= 1.001


def test_every_way_to_type_a_question_finds_the_same(snapshot: Snapshot, embedder: Embedder) -> None:
    question = "Công trình thủy điện Sơn La hòa lưới điện tổ máy đầu tiên khi nào?"
    passages = found(snapshot, embedder, question)
    assert passages[0].article_id == "thuy-dien-son-la.html"
    assert found(snapshot, embedder, unicodedata.normalize("NFD", question)) == passages
    other = question.replace("thủy", "thuỷ").replace("hòa", "hoà")
    assert other != question
    assert found(snapshot, embedder, other)[0].article_id == "thuy-dien-son-la.html"


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("tuyen cat linh ha dong co bao nhieu nha ga", "metro-cat-linh-ha-dong.md"),
        ("nha may thuy dien son la co may to may", "thuy-dien-son-la.html"),
        ("ai la tong giam doc hanoi metro", "metro-nhon-ga-ha-noi.html"),
        ("Combien de travées compte le pont Long Biên ?", "pont-long-bien-120-ans.md"),
        ("What is the height of Fansipan?", "do-lai-do-cao-fansipan.md"),
    ],
)
def test_the_right_article_is_first(snapshot: Snapshot, embedder: Embedder, question: str, article: str) -> None:
    assert found(snapshot, embedder, question)[0].article_id == article


def test_an_empty_collection_has_no_passages(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    (tmp_path / "a.txt").write_text("Tin\nMột câu.", encoding="utf-8")
    ingest(tmp_path / "index", [tmp_path / "a.txt"], embedder, ChunkSettings())
    remove(tmp_path / "index", ["a.txt"])
    snapshot = Collection(tmp_path / "index", embedder).snapshot()
    assert found(snapshot, embedder, "câu nào?") == []


def test_equal_passages_come_in_order_of_chunk_id(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    for name in "dbca":
        (tmp_path / f"{name}.txt").write_text("Tin\nCầu Vàng dài 450 m.", encoding="utf-8")
    (tmp_path / "e.txt").write_text("Tin\nChuyện khác hẳn.", encoding="utf-8")
    ingest(tmp_path / "index", [tmp_path], embedder, ChunkSettings())
    snapshot = Collection(tmp_path / "index", embedder).snapshot()
    passages = found(snapshot, embedder, "Cầu Vàng dài bao nhiêu?", top_n=4)
    assert {passage.article_id for passage in passages} == {"a.txt", "b.txt", "c.txt", "d.txt"}
    assert places(passages) == sorted(places(passages))


def scores(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(values, dtype=np.float32)


def test_standardised_scores_have_mean_zero_and_deviation_one() -> None:
    assert_allclose(standardised(scores(1, 3)), [-1, 1])
    assert_allclose(standardised(scores(0, 0, 3)), [-0.7071, -0.7071, 1.4142], atol=1e-4)


@pytest.mark.parametrize("equal", [(), (0.5,), (0.8, 0.8, 0.8)])
def test_equal_scores_tell_nothing(equal: tuple[float, ...]) -> None:
    if equal:
        assert standardised(scores(*equal)).tolist() == [0.0] * len(equal)


def chunk(number: int, text: str, *, language: str = "vi", title: str = "Tin") -> StoredChunk:
    return StoredChunk(number, "a.md", title, "a.md", None, language, 0, len(text), text, title)


def fused(snapshot: Snapshot, embedder: Embedder, question: str, *chunks: StoredChunk) -> list[float]:
    """Scores by the words alone: both legs find the chunks equally good."""
    equal = np.full(len(chunks), 0.5, dtype=np.float32)
    query = make_query(question, snapshot.statistics, embedder)
    foreign = np.array([query.is_foreign_to(each.language) for each in chunks])
    offsets = np.array([query.centred_offset(each.language) for each in chunks], np.float32)
    scores: list[float] = fuse(
        Candidates(chunks, equal, equal, offsets, equal, word_features(query, chunks), foreign)
    ).tolist()
    return scores


def test_words_that_stand_together_say_more_than_scattered_ones(snapshot: Snapshot, embedder: Embedder) -> None:
    together, scattered = fused(
        snapshot,
        embedder,
        "Cầu Long Biên do ai thiết kế?",
        chunk(1, "Cầu Long Biên do người Pháp thiết kế. Trời đẹp."),
        chunk(2, "Cầu đẹp. Trời Long An do mưa. Thiết bị. Biên giới. Người kế bên."),
    )
    assert together > scattered


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        (
            "Ai nói “rất đáng tự hào”?",
            "Ông nói việc đó rất đáng tự hào.",
            "Ông nói đáng tự hào rất nhiều lần, đáng lắm.",
        ),
        ("Nghị quyết 12/2021/NQ-HĐND", "Theo nghị quyết 12/2021/NQ-HĐND.", "Nghị quyết số 21/2012/NQ-HĐND, mục 12."),
        ("Hộp thư 7.345 nào?", "Có 7,345 hộp thư.", "Có 7.354 hộp thư."),
        ("Ngày 21/7 có gì?", "Họp vào ngày 21 tháng 7.", "Họp ngày 7 tháng 8 với 21 người, 7 xe."),
        ("UBND tỉnh quyết định gì?", "Ủy ban nhân dân tỉnh quyết định.", "Nhân dân trong tỉnh tự quyết định."),
    ],
)
def test_phrases_codes_numbers_and_dates_decide(
    snapshot: Snapshot, embedder: Embedder, question: str, holds: str, lacks: str
) -> None:
    with_it, without = fused(snapshot, embedder, question, chunk(1, holds), chunk(2, lacks))
    assert with_it > without


def test_words_say_nothing_of_a_passage_in_another_language(snapshot: Snapshot, embedder: Embedder) -> None:
    question = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"
    says, other = chunk(1, "The Cát Linh – Hà Đông line has 12 stations.", language="en"), chunk(2, "X.", language="en")
    assert len(set(fused(snapshot, embedder, question, says, other))) == 1
    foreign, unrelated = fused(snapshot, embedder, question, says, chunk(2, "Chuyện khác."))
    assert foreign > unrelated


def test_more_passages_than_are_read_by_sentence_stay_in_order(snapshot: Snapshot, embedder: Embedder) -> None:
    passages = found(snapshot, embedder, METRO, top_n=4 * RERANKED)
    values = [passage.score for passage in passages]
    assert values == sorted(values, reverse=True)


@given(st.lists(st.booleans(), max_size=40), st.randoms())
def test_the_best_of_both_sides_are_read_again(foreign: list[bool], dice: random.Random) -> None:
    order = np.array(dice.sample(range(len(foreign)), len(foreign)), dtype=np.int64)
    read, rest = (part.tolist() for part in _split(order, np.array(foreign, dtype=np.bool_)))
    assert sorted([*read, *rest]) == sorted(order.tolist())
    assert set(order[:RERANKED].tolist()) <= set(read)
    for side in (True, False):
        assert set([i for i in order.tolist() if foreign[i] is side][:RERANKED_OF_EACH_SIDE]) <= set(read)
    assert len(read) <= RERANKED + RERANKED_OF_EACH_SIDE
    for part in (read, rest):
        assert part == sorted(part, key=order.tolist().index)


@pytest.mark.parametrize(
    "only", [Filter(languages=("fr",)), Filter(until="2024"), Filter(articles=("quan-ho-bac-ninh-di-san.txt",))]
)
def test_only_what_the_filter_lets_through_is_found(snapshot: Snapshot, embedder: Embedder, only: Filter) -> None:
    query, models = (
        make_query(METRO, snapshot.statistics, embedder),
        RankingModels(SentenceVectors(snapshot.store, embedder)),
    )
    passages = rank_passages(query, find_candidates(query, snapshot, only, 10), models).passages
    assert passages
    assert {passage.chunk_id for passage in passages} <= set(snapshot.store.chunk_ids(only).tolist())
    nothing = find_candidates(query, snapshot, Filter(until="1900"), 10)
    assert rank_passages(query, nothing, models).passages == ()


def test_a_foreign_question_over_a_collection_of_one_language_uses_its_words_too(
    snapshot: Snapshot, embedder: Embedder
) -> None:
    languages = {passage.language for passage in found(snapshot, embedder, "越南第一条铁路", top_n=20)}
    assert {"vi", "zh"} <= languages
    assert found(snapshot, embedder, "日新橋の開通", top_n=1)[0].language in ("ja", "zh")
