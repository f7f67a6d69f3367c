"""Summaries: which article is meant, and which of its sentences stand for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.evidence import Evidence
from rag.answering.quote import Quote
from rag.answering.summary import SENTENCES, SENTENCES_OF_EACH, central_sentences, scores_of, summarised
from rag.documents.article import Article
from rag.documents.passage_sentences import sentences_of
from rag.index.snapshot import Snapshot
from rag.index.store import Manifest
from rag.models.embedder import Embedder
from rag.models.text_vectors import TextVectors
from rag.query.query import Query, make_query
from rag.retrieval.passage import Passage
from rag.text.normalize import clean
from rag.text.words import words
from tests.doubles import EmptyTermStatistics, HashEmbedder, MemoryStore
from tests.strategies import PIECES

SAID = (
    "Tuyến đường sắt trên cao chở khách từ sáng nay.",
    "Mỗi ngày có hơn hai trăm chuyến tàu chạy qua ga.",
    "Vé lượt rẻ nhất là tám nghìn đồng cho một người.",
    "Thành phố sẽ xây thêm ba tuyến nữa trong mười năm.",
    "Người dân xếp hàng dài ở ga đầu tiên để đi thử tàu.",
    "Hai bên đường ray trồng nhiều cây xanh và hoa giấy.",
)
HASHED = TextVectors(HashEmbedder())


def article(name: str, title: str, published: str | None = None, text: str = " ".join(SAID)) -> Article:
    return Article(name, title, text, name, published, "vi")


def evidence(*articles: Article) -> Evidence:
    """Evidence whose passages are the openings of articles, the best first, with a quote of the first."""
    passages = (Passage(a.id, 1, a.title, a.source, a.published, "vi", a.text[:20], 0, 20, 1.0, 0.9) for a in articles)
    quotes = [Quote(a.id, a.title, a.source, a.published, "vi", 0, 20, a.text[:20], 1.0) for a in articles[:1]]
    return Evidence(tuple(quotes), tuple(passages), 0.9)


def query(question: str) -> Query:
    return make_query(question, EmptyTermStatistics(), HashEmbedder(), framed=True)


def summary_of(question: str, *articles: Article) -> list[str]:
    """The articles whose sentences sum up, one name for each sentence."""
    store = MemoryStore(Manifest("hash", "f", 64, 100, 10))
    for each in articles:
        store.put_article(each, each.id, [])
    return [quote.article_id for quote in summarised(query(question), evidence(*articles), store, HASHED).quotes]


FIRST, SECOND, OTHER = (
    article("first", "Bão Yagi đổ bộ", "2024-09-07"),
    article("second", "Sau bão Yagi", "2024-09-28"),
    article("other", "Metro Cát Linh chở khách", "2021-11-06"),
)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_so_many_sentences_stand_in_the_order_of_the_article(count: int) -> None:
    found = central_sentences(OTHER, HASHED, count)
    assert len(found) == count
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert {OTHER.text[each.start : each.end] for each in found} <= {*SAID}


def test_more_sentences_hold_the_fewer() -> None:
    chosen = [{each.start for each in central_sentences(OTHER, HASHED, count)} for count in range(1, 7)]
    assert all(fewer < more for fewer, more in pairwise(chosen))


def test_the_best_sentences_are_taken() -> None:
    all_of_them = central_sentences(OTHER, HASHED, len(SAID))
    best = sorted(all_of_them, key=lambda each: -each.score)[:2]
    assert {*central_sentences(OTHER, HASHED, 2)} == {*best}


def test_a_later_sentence_may_stand_better_and_still_comes_later() -> None:
    late = article(
        "a", "Tin", text=" ".join(("Mưa lớn đổ xuống miền núi phía bắc từ chiều hôm trước.", *[SAID[1]] * 3))
    )
    late = replace(late, text=late.text.replace(SAID[1], "Mỗi ngày có hơn hai trăm chuyến tàu chạy qua đây.", 1))
    found = central_sentences(late, HASHED, 2)
    assert found[0].start < found[1].start


def test_what_was_said_already_is_not_said_again() -> None:
    repeated = article("a", "Tin", text=" ".join((*SAID[:2], SAID[0], SAID[1], SAID[2])))
    told = [repeated.text[each.start : each.end] for each in central_sentences(repeated, HASHED, 5)]
    assert told == [*SAID[:3]]


def test_headings_and_cries_say_nothing_by_themselves() -> None:
    headed = article("a", "Tin", text=f"Mở đầu\n{SAID[0]} Hay quá! {SAID[1]}")
    assert [headed.text[each.start : each.end] for each in central_sentences(headed, HASHED, 4)] == [*SAID[:2]]
    assert central_sentences(article("a", "Tin", text="Mở đầu\nHay quá!"), HASHED, 4) == []


def test_a_heading_or_a_row_of_a_table_counts_only_where_nothing_else_is_said() -> None:
    rows = "Khánh thành tuyến đường sắt trên cao\nGa đầu tiên: ngày mở cửa: 6/11/2021"
    told = article("a", "Tin", text=f"{rows}\n{SAID[0]} {SAID[1]}")
    assert [told.text[each.start : each.end] for each in central_sentences(told, HASHED, 4)] == [*SAID[:2]]
    assert len(central_sentences(article("a", "Tin", text=rows), HASHED, 4)) == 2


def test_among_equals_the_earlier_stands_first_and_the_lead_before_all() -> None:
    scores = scores_of(np.tile(np.array([0.6, 0.8], np.float32), (5, 1)))
    steps = [earlier - later for earlier, later in pairwise(scores.tolist())]
    assert min(steps) > 0
    assert steps[0] > max(steps[1:])


def test_what_is_near_to_all_counts_more_than_what_stands_alone() -> None:
    near, far = [1.0, 0.0], [0.0, 1.0]
    scores = scores_of(np.array([near, near, near, far, near], np.float32))
    assert scores.argmin() == 3


@given(text=st.lists(st.sampled_from((*PIECES, *SAID)), max_size=20).map(" ".join), count=st.integers(1, 5))
def test_a_summary_is_sentences_of_the_article(text: str, count: int) -> None:
    text = clean(text)
    found = central_sentences(article("a", "Tin", text=text), HASHED, count)
    assert len(found) <= count
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert {(each.start, each.end) for each in found} <= {(each.start, each.end) for each in sentences_of(text)}
    told = [tuple(words(text[each.start : each.end])) for each in found]
    assert len(told) == len({*told})


def test_the_article_whose_title_is_named_is_summed_up() -> None:
    assert summary_of("Tóm tắt bài về metro Cát Linh", FIRST, OTHER) == ["other"] * SENTENCES
    assert summary_of("Tóm tắt bài về bão Yagi đổ bộ", OTHER, SECOND, FIRST) == ["first"] * SENTENCES


def test_without_a_title_named_it_is_the_best_passage_s() -> None:
    assert summary_of("Tóm tắt bài về bóng đá", OTHER, FIRST) == ["other"] * SENTENCES


def test_two_articles_that_are_named_are_both_summed_up_by_their_dates() -> None:
    both = ["first"] * SENTENCES_OF_EACH + ["second"] * SENTENCES_OF_EACH
    assert summary_of("Tóm tắt bài về bão Yagi", SECOND, OTHER, FIRST) == both


def test_without_passages_the_evidence_stays() -> None:
    store = MemoryStore(Manifest("hash", "f", 64, 100, 10))
    none = Evidence((), (), 0.0)
    assert summarised(query("Tóm tắt bài về bão Yagi"), none, store, HASHED) == none
    unknown = evidence(FIRST)
    assert summarised(query("Tóm tắt bài về bão Yagi"), unknown, store, HASHED) == unknown


def test_quotes_of_a_summary_stand_word_for_word_and_without_short_answer(
    snapshot: Snapshot, embedder: Embedder
) -> None:
    (meant,) = (each for each in snapshot.store.articles() if each.id == "metro-cat-linh-ha-dong.md")
    asked = make_query(f"Tóm tắt bài “{meant.title}”", snapshot.statistics, embedder)
    whole = snapshot.store.article(meant.id)
    assert whole is not None
    found = summarised(asked, evidence(whole), snapshot.store, TextVectors(embedder))
    assert asked.kind == "summary"
    assert (len(found.quotes), found.short, found.confidence) == (SENTENCES, None, 0.9)
    assert found.quotes[0].start == 0
    for quote in found.quotes:
        assert quote.text == whole.text[quote.start : quote.end]
        assert (quote.article_id, quote.title, quote.published) == (meant.id, meant.title, meant.published)
        assert quote.short is None
