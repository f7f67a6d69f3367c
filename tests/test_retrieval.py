from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rag.collection import Collection, Snapshot
from rag.config import ChunkSettings
from rag.embeddings import Embedder
from rag.ingest import ingest, remove
from rag.question import is_typed_bare
from rag.retrieval import LEXICAL_SHARE, Passage, fuse, fuse_languages, rerank, retrieve, standardised
from tests.fakes import HashEmbedder

METRO = "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?"


@pytest.fixture(scope="module")
def snapshot(sample_index: Path, embedder: Embedder) -> Snapshot:
    return Collection(sample_index, embedder).snapshot()


def found(snapshot: Snapshot, embedder: Embedder, question: str, top_n: int = 5) -> list[Passage]:
    return retrieve(snapshot, embedder, question, candidates=100, top_n=top_n)


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


def test_bare_typing_is_told_by_the_collection(snapshot: Snapshot) -> None:
    assert is_typed_bare("tuyen cat linh ha dong co bao nhieu nha ga", snapshot.lexical)
    for question in (METRO, "How long is the bridge?", "Fansipan", "xyzzy", "", "?"):
        assert not is_typed_bare(question, snapshot.lexical), question


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


def flags(*values: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.array(values, dtype=np.bool_)


def test_standardised_scores_have_mean_zero_and_deviation_one() -> None:
    assert_allclose(standardised(scores(1, 3)), [-1, 1])
    assert_allclose(standardised(scores(0, 0, 3)), [-0.7071, -0.7071, 1.4142], atol=1e-4)


@pytest.mark.parametrize("equal", [(), (0.5,), (0.8, 0.8, 0.8)])
def test_equal_scores_tell_nothing(equal: tuple[float, ...]) -> None:
    if equal:
        assert standardised(scores(*equal)).tolist() == [0.0] * len(equal)


def test_the_share_weighs_the_legs() -> None:
    words, meaning = scores(4, 0), scores(0.1, 0.9)
    assert fuse(words, meaning, 1.0).argmax() == 0
    assert fuse(words, meaning, 0.0).argmax() == 1
    assert_allclose(fuse(words, meaning, 0.5), [0, 0], atol=1e-6)


def test_in_one_language_both_legs_count() -> None:
    words, meaning = scores(4, 1, 0), scores(0.2, 0.9, 0.4)
    fused = fuse_languages(words, meaning, flags(False, False, False))
    assert_allclose(fused, fuse(words, meaning, LEXICAL_SHARE))


def test_all_foreign_passages_are_ranked_by_meaning() -> None:
    words, meaning = scores(9, 0, 0), scores(0.1, 0.9, 0.5)
    assert_allclose(fuse_languages(words, meaning, flags(True, True, True)), standardised(meaning))


def test_words_never_speak_against_a_foreign_passage() -> None:
    words, meaning = scores(5, 4, 0), scores(0.2, 0.9, 0.3)
    fused = fuse_languages(words, meaning, flags(False, False, True))
    assert fused[2] == standardised(meaning)[2]
    named = fuse_languages(scores(5, 4, 9), meaning, flags(False, False, True))
    assert named[2] > fused[2]


def test_a_sentence_that_holds_the_question_lifts_its_passage() -> None:
    added = rerank(scores(1, 1, 0), scores(0.2, 1, 1), flags(False, False, True))
    assert added[1] > 0 > added[0]
    assert added[2] == 0
    assert rerank(scores(1, 0), scores(0, 1), flags(True, True)).tolist() == [0, 0]
    assert rerank(scores(0.5), scores(1), flags(False)).tolist() == [0]


def test_a_foreign_question_over_a_collection_of_one_language_uses_its_words_too(
    snapshot: Snapshot, embedder: Embedder
) -> None:
    languages = {passage.language for passage in found(snapshot, embedder, "越南第一条铁路", top_n=20)}
    assert {"vi", "zh"} <= languages
    assert found(snapshot, embedder, "日新橋の開通", top_n=1)[0].language in ("ja", "zh")
