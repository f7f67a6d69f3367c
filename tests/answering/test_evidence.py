from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from rag.answering.evidence import MAX_QUOTES, Evidence, find_evidence
from rag.answering.quote import Source
from rag.documents.article import Page
from rag.documents.passage_sentences import sentences_of
from rag.index.filter import Filter
from rag.index.snapshot import Snapshot
from rag.models.embedder import Embedder
from rag.models.reranker import Reading
from rag.query.query import Query, make_query
from rag.retrieval.candidates import find_candidates
from rag.retrieval.passage import Passage
from rag.retrieval.passages import Passages, RankingModels, rank_passages
from rag.retrieval.sentence_vectors import SentenceVectors

EVERYTHING = Filter()
Find = Callable[[str], Evidence]
FindIn = Callable[[str, Sequence[Passage]], Evidence]

ANSWERABLE = (
    "Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?",
    "Ai là Tổng Giám đốc Hanoi Metro?",
    "Nhà máy thủy điện Sơn La có bao nhiêu tổ máy?",
    "Đơn vị nào là chủ đầu tư cao tốc Nội Bài – Lào Cai?",
    "What is the height of Fansipan?",
)
UNRELATED = (
    "Cách nấu phở bò gia truyền như thế nào?",
    "Ai vô địch giải bóng đá thế giới năm 1998?",
    "Thủ tướng Nhật Bản năm 1990 là ai?",
    "How many rooms does the Eiffel tower have?",
    "nau pho bo gia truyen nhu the nao",
)


def found(query: Query, passages: Sequence[Passage], embedder: Embedder) -> Passages:
    """Passages as they are ranked, with how near their sentences are by themselves."""
    both = np.column_stack((query.centred, query.vector))
    cosines = {
        each.chunk_id: embedder.embed_passages([each.text[at.start : at.end] for at in sentences_of(each.text)]) @ both
        for each in passages
    }
    return Passages(tuple(passages), cosines=cosines)


@pytest.fixture(scope="module")
def find(snapshot: Snapshot, embedder: Embedder) -> Find:
    def find(question: str) -> Evidence:
        query = make_query(question, snapshot.statistics, embedder)
        candidates = find_candidates(query, snapshot, EVERYTHING, 100)
        models = RankingModels(SentenceVectors(snapshot.store, embedder))
        return find_evidence(query, rank_passages(query, candidates, models, 5))

    return find


@pytest.fixture(scope="module")
def find_in(snapshot: Snapshot, embedder: Embedder) -> FindIn:
    def find(question: str, passages: Sequence[Passage]) -> Evidence:
        query = make_query(question, snapshot.statistics, embedder)
        return find_evidence(query, found(query, passages, embedder))

    return find


def passage(text: str, *, start: int = 0, chunk_id: int = 1, article_id: str = "a.md", title: str = "Tin") -> Passage:
    return Passage(
        article_id, chunk_id, title, article_id, "2024-09-07", "vi", text, start, start + len(text), 1.0, 0.9
    )


@pytest.mark.parametrize("question", [*ANSWERABLE, "tuyen cat linh ha dong dai bao nhieu km", "日新橋の長さは？"])
def test_quotes_are_pieces_of_their_articles(find: Find, snapshot: Snapshot, question: str) -> None:
    evidence = find(question)
    assert 0 < len(evidence.quotes) <= MAX_QUOTES
    assert 0.0 <= evidence.confidence <= 1.0
    for quote in evidence.quotes:
        article = snapshot.store.article(quote.article_id)
        assert article is not None
        assert article.text[quote.start : quote.end] == quote.text
        assert (quote.title, quote.source, quote.published) == (article.title, article.source, article.published)
    scores = [quote.score for quote in evidence.quotes]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (ANSWERABLE[0], "12 nhà ga"),
        ("tuyen cat linh ha dong co bao nhieu nha ga", "12 nhà ga"),
        (ANSWERABLE[1], "Vũ Hồng Trường"),
        (ANSWERABLE[2], "sáu tổ máy"),
    ],
)
def test_the_first_quotes_hold_the_answer(find: Find, question: str, answer: str) -> None:
    assert any(answer in quote.text for quote in find(question).quotes[:3])


def test_no_passages_no_evidence(find_in: FindIn) -> None:
    assert find_in("Gì vậy?", []) == Evidence((), (), 0.0)


def test_passages_without_a_word_are_no_evidence(find_in: FindIn) -> None:
    silent = passage("… — !!!\n***")
    assert find_in("Gì vậy?", [silent]) == Evidence((), (silent,), 0.0)


def test_a_sentence_of_two_passages_is_quoted_once(find_in: FindIn) -> None:
    text = "Cầu khởi công năm 2010. Cầu dài 450 m. Cầu có sáu làn xe."
    second = text.index("Cầu dài")
    overlapping = [passage(text[: text.index(" Cầu có")]), passage(text[second:], start=second, chunk_id=2)]
    quotes = find_in("Cầu dài bao nhiêu?", overlapping).quotes
    assert sorted((quote.start, quote.text) for quote in quotes) == [
        (0, "Cầu khởi công năm 2010."),
        (second, "Cầu dài 450 m."),
        (text.index("Cầu có"), "Cầu có sáu làn xe."),
    ]


def test_the_same_words_elsewhere_are_quoted_once(find_in: FindIn) -> None:
    twice = [passage("Cầu dài 450 m."), passage("Cầu dài 450 m.", chunk_id=2, article_id="b.md")]
    quotes = find_in("Cầu dài bao nhiêu?", twice).quotes
    assert [quote.article_id for quote in quotes] == ["a.md"]
    assert quotes[0].also_in == (Source("b.md", "Tin", "b.md", "2024-09-07", 0, 14),)


def test_nearly_the_same_words_elsewhere_are_one_quote_with_several_sources(find_in: FindIn) -> None:
    said = "Cầu Nhật Tân bắc qua sông Hồng ở Hà Nội được khánh thành ngày 4/1/2015 sau gần sáu năm thi công."
    several = [
        passage(said),
        passage(f"Theo TTXVN, {said}", chunk_id=2, article_id="b.md"),
        passage(said.replace("2015", "2016"), chunk_id=3, article_id="c.md"),
        passage(f"{said} {said}", chunk_id=4, article_id="b.md", start=200),
    ]
    quotes = find_in("Cầu Nhật Tân được khánh thành ngày nào?", several).quotes
    assert sorted(len(quote.also_in) for quote in quotes) == [0, 1]
    (doubled,) = (quote for quote in quotes if quote.also_in)
    assert {doubled.article_id, doubled.also_in[0].article_id} == {"a.md", "b.md"}


def test_a_story_is_quoted_before_what_only_announces_it(find_in: FindIn) -> None:
    said = "Cầu Nhật Tân dài hơn 8 km cả đường dẫn."
    teaser = replace(passage(said, article_id="b.md#doc-them-1"), announced_on=Page("b.md", "Đường"))
    (quote,) = find_in("Cầu Nhật Tân dài bao nhiêu?", [teaser, passage(said, chunk_id=2)]).quotes
    assert (quote.article_id, quote.announced_on) == ("a.md", None)
    assert [each.article_id for each in quote.also_in] == ["b.md#doc-them-1"]


@pytest.mark.parametrize(
    ("question", "first"), [("Cầu dài bao nhiêu mét?", "a.md"), ("Hầm dài bao nhiêu?", "a.md#x-1")]
)
def test_a_page_and_its_teasers_are_not_quoted_together(find_in: FindIn, question: str, first: str) -> None:
    page = Page("a.md", "Tin")
    passages = [
        passage("Cầu dài 450 mét."),
        replace(passage("Hầm dài 6,3 km.", chunk_id=2, article_id="a.md#x-1", title="Hầm"), announced_on=page),
        passage("Đường dài 245 km.", chunk_id=3, article_id="c.md"),
    ]
    quotes = find_in(question, passages).quotes
    assert [quote.article_id for quote in quotes] == [first, "c.md"]
    assert quotes[0].announced_on == (page if "#" in first else None)


@pytest.mark.parametrize("question", ["Cầu Vàng dài bao nhiêu mét?", "How long is Cầu Vàng?"])
def test_a_question_for_a_number_prefers_one(find_in: FindIn, question: str) -> None:
    both = [passage("Cầu Vàng rất dài và rất đẹp. Cầu Vàng có chiều dài 450 m.", title="Cầu Vàng")]
    quotes = find_in(question, both).quotes
    assert quotes[0].text == "Cầu Vàng có chiều dài 450 m."


def test_at_most_so_many_quotes(find_in: FindIn) -> None:
    many = [passage(" ".join(f"Câu số {number} nói về cầu." for number in range(40)))]
    assert len(find_in("Cầu nào?", many).quotes) == MAX_QUOTES


def test_what_is_answered_is_surer_than_what_is_not(find: Find) -> None:
    answered = {question: find(question).confidence for question in ANSWERABLE}
    unrelated = {question: find(question).confidence for question in UNRELATED}
    assert min(answered.values()) > max(unrelated.values()), (answered, unrelated)


def test_a_name_that_is_nowhere_lowers_the_confidence(find: Find) -> None:
    known = find("Tuyến Cát Linh – Hà Đông có bao nhiêu nhà ga?")
    unknown = find("Tuyến Hòa Lạc – Nội Bài có bao nhiêu nhà ga?")
    assert known.confidence > 0.5 > unknown.confidence


def test_scores_are_finite_whatever_the_passages_score(find_in: FindIn) -> None:
    alike = [replace(passage("Cầu dài 450 m."), score=0.0), replace(passage("Cầu đẹp.", chunk_id=2, start=50), score=0)]
    evidence = find_in("?", alike)
    assert all(math.isfinite(quote.score) for quote in evidence.quotes)
    assert math.isfinite(evidence.confidence)


def test_where_no_reader_read_there_is_no_short_answer(find_in: FindIn) -> None:
    (first, *_) = find_in("Cầu Vàng dài bao nhiêu mét?", [passage("Cầu rất đẹp. Cầu Vàng dài 450 m.")]).quotes
    assert (first.candidate, first.short, first.answer) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Cầu Vàng ở Đà Nẵng. Đây là cây cầu dài 450 m.", "Cầu Vàng ở Đà Nẵng. Đây là cây cầu dài 450 m."),
        ("Ông Nam xây cầu. Ông cho biết cầu dài 450 m.", "Ông Nam xây cầu. Ông cho biết cầu dài 450 m."),
        ("Trời mưa to. Ông Nam cho biết cầu dài 450 m.", "Ông Nam cho biết cầu dài 450 m."),
        ("Trời mưa to.\n\nĐây là cây cầu dài 450 m.", "Đây là cây cầu dài 450 m."),
        ("Đây là cây cầu dài 450 m.", "Đây là cây cầu dài 450 m."),
    ],
)
def test_a_sentence_that_leans_on_the_one_before_is_quoted_with_it(find_in: FindIn, text: str, quoted: str) -> None:
    quote = find_in("Cây cầu dài bao nhiêu mét?", [passage(text, start=7)]).quotes[0]
    assert quote.text == quoted
    assert text[quote.start - 7 : quote.end - 7] == quote.text


def test_quotes_and_short_answers_stand_in_their_articles(find: Find) -> None:
    for question in (*ANSWERABLE, *UNRELATED):
        evidence = find(question)
        for quote in evidence.quotes:
            held = [p for p in evidence.passages if p.article_id == quote.article_id and p.start <= quote.start < p.end]
            assert any(p.text[quote.start - p.start : quote.end - p.start] == quote.text for p in held)
            if quote.answer:
                assert quote.start <= quote.answer[0] < quote.answer[1] <= quote.end


def test_later_articles_count_more_when_the_latest_are_asked_for(snapshot: Snapshot, embedder: Embedder) -> None:
    old = replace(passage("Giá vé là 8.000 đồng."), published="2019-01-01")
    new = replace(passage("Giá vé là 9.000 đồng.", chunk_id=2, article_id="b.md"), published="2024-01-01")
    none = replace(passage("Giá vé là 7.000 đồng.", chunk_id=3, article_id="c.md"), published=None)
    query = make_query("Giá vé hiện nay là bao nhiêu?", snapshot.statistics, embedder, latest=True)
    assert find_evidence(query, found(query, (none, old, new), embedder)).quotes[0].article_id == "b.md"


def test_the_latest_of_the_articles_about_it_leads(snapshot: Snapshot, embedder: Embedder) -> None:
    # Two weeks apart, beside an article of years before and a later one about something else.
    first = replace(passage("Bão làm thiệt hại 40.000 tỷ đồng."), published="2024-09-15")
    again = replace(
        passage("Thiệt hại do bão tính lại là 81.503 tỷ đồng.", chunk_id=2, article_id="b.md"), published="2024-09-28"
    )
    early = replace(
        passage("Bão năm ấy làm thiệt hại 9 tỷ đồng.", chunk_id=3, article_id="c.md"), published="2016-01-01"
    )
    other = replace(passage("Trời hôm nay nắng.", chunk_id=4, article_id="d.md"), published="2025-01-01")
    query = make_query("Số liệu về thiệt hại do bão là bao nhiêu?", snapshot.statistics, embedder, latest=True)
    quotes = find_evidence(query, found(query, (first, early, other, again), embedder)).quotes
    assert quotes[0].article_id == "b.md"


def reading_of(text: str, answer: str, score: float, answers: float = 2.0) -> Reading:
    """A reading with a piece for each letter, to which `answer` is the best."""
    starts, ends = np.full((2, len(text)), -9, np.float32)
    starts[text.index(answer)] = ends[text.index(answer) + len(answer) - 1] = score
    return Reading(answers, tuple((place, place + 1) for place in range(len(text))), starts, ends)


@pytest.fixture(scope="module")
def find_read(snapshot: Snapshot, embedder: Embedder) -> Callable[..., Evidence]:
    def find(question: str, passages: Sequence[Passage], readings: dict[int, Reading]) -> Evidence:
        query = make_query(question, snapshot.statistics, embedder)
        return find_evidence(query, replace(found(query, passages, embedder), readings=readings))

    return find


def test_a_reading_tells_relevance_and_short_answers(find_read: Callable[..., Evidence]) -> None:
    text = "Cầu dài 450 m. Đảo Lý Sơn rất đẹp. Núi cao."
    evidence = find_read("Nơi nào rất đẹp?", [passage(text, start=10)], {1: reading_of(text, "Lý Sơn", 9.0)})
    assert {quote.text: quote.short for quote in evidence.quotes} == {
        "Đảo Lý Sơn rất đẹp.": "Lý Sơn",
        "Cầu dài 450 m.": None,
        "Núi cao.": None,
    }
    assert evidence.quotes[0].answer == (10 + text.index("Lý"), 10 + text.index(" rất"))
    assert evidence.quotes[0].answer_probability > 0.85
    assert evidence.short is not None
    assert evidence.short.probability == evidence.quotes[0].answer_probability
    # Asked for a number no name answers, however sure the reader is.
    evidence = find_read("Cầu dài bao nhiêu?", [passage(text)], {1: reading_of(text, "Lý Sơn", 9.0)})
    assert not any(quote.short == "Lý Sơn" for quote in evidence.quotes)


@pytest.mark.parametrize(
    "question",
    ["Đảo Lý Sơn có đẹp không?", "Đảo Lý Sơn đã đẹp chưa?", "dao ly son co dep khong", "Is Lý Sơn island beautiful?"],
)
def test_yes_or_no_has_no_short_answer(find_read: Callable[..., Evidence], question: str) -> None:
    text = "Đảo Lý Sơn không đẹp. Núi cao."
    evidence = find_read(question, [passage(text)], {1: reading_of(text, "không", 12.0)})
    assert {quote.answer for quote in evidence.quotes} == {None}


def test_a_number_is_shown_whole(find_read: Callable[..., Evidence]) -> None:
    text = "Cầu Long Biên dài 1 682 m và đẹp. Núi cao."
    evidence = find_read("Cầu Long Biên dài bao nhiêu?", [passage(text)], {1: reading_of(text, "682 m", 9.0)})
    assert evidence.quotes[0].short == "1 682 m"


@pytest.mark.parametrize(
    ("read", "short"), [("54 mét", "54 mét vuông"), ("54", "54"), ("54 mét vuông", "54 mét vuông")]
)
def test_a_unit_is_shown_whole(find_read: Callable[..., Evidence], read: str, short: str) -> None:
    text = "Lá cờ rộng 54 mét vuông, treo cao. Núi cao."
    evidence = find_read("Lá cờ rộng bao nhiêu?", [passage(text)], {1: reading_of(text, read, 9.0)})
    assert evidence.quotes[0].short == short


@pytest.mark.parametrize(
    ("question", "answer", "score"),
    [
        ("Cầu thế nào?", "450 m", -1.0),  # not sure enough
        ("Cầu thế nào?", "Cầu dài 450 m.", 9.0),  # the whole sentence
        ("Cầu dài bao nhiêu và khánh thành khi nào?", "450 m", 9.0),  # asked for several
    ],
)
def test_what_is_no_short_answer(find_read: Callable[..., Evidence], question: str, answer: str, score: float) -> None:
    text = "Cầu dài 450 m. Núi cao."
    evidence = find_read(question, [passage(text)], {1: reading_of(text, answer, score)})
    assert {quote.short for quote in evidence.quotes} == {None}


def test_a_reading_tells_how_sure_it_is(find_read: Callable[..., Evidence]) -> None:
    text = "Cầu dài 450 m. Núi cao."
    sure, unsure = (
        find_read("Cầu dài bao nhiêu?", [passage(text)], {1: reading_of(text, "450 m", 3.0, answers)})
        for answers in (6.0, -6.0)
    )
    assert sure.signals is not None
    assert unsure.signals is not None
    assert (sure.signals.kind, sure.signals.reading, unsure.signals.reading) == ("read", 6.0, -6.0)
    assert sure.confidence > unsure.confidence
    foreign = find_read("How long is the bridge?", [passage(text)], {1: reading_of(text, "450 m", 3.0)})
    assert foreign.signals is not None
    assert foreign.signals.kind == "cross"


def test_in_another_language_the_reader_gives_no_short_answer(find_read: Callable[..., Evidence]) -> None:
    text = "Cầu rất đẹp."
    for question, short in (("Cầu thế nào?", "rất đẹp"), ("What is the bridge like?", None)):
        evidence = find_read(question, [passage(text)], {1: reading_of(text, "rất đẹp", 9.0)})
        assert evidence.quotes[0].short == short


def test_a_code_that_stands_nowhere_is_hardly_held_in_another_language_either(
    find_read: Callable[..., Evidence],
) -> None:
    held, other = (
        find_read(f"What does decree {code} say?", [passage("Nghị định 15/2020/NĐ-CP nói về cầu.")], {})
        for code in ("15/2020/ND-CP", "16/2021/ND-CP")
    )
    assert held.signals is not None
    assert other.signals is not None
    assert (held.signals.kind, held.signals.named, other.signals.named) == ("cross", 1.0, 0.0)
    assert other.confidence < held.confidence


def test_brackets_without_their_pair_are_no_part_of_a_short_answer(find_read: Callable[..., Evidence]) -> None:
    text = "Nhà bác học Yersin (1863 – 1943) sống ở Nha Trang."
    for read, short in (
        ("(1863 – 1943", "1863 – 1943"),
        ("Yersin (1863 – 1943)", "Yersin (1863 – 1943)"),
        (" (", None),
    ):
        starts, ends = np.full((2, len(text)), -9, np.float32)
        starts[text.index(read)] = ends[text.index(read) + len(read) - 1] = 9.0
        reading = Reading(3.0, tuple((place, place + 1) for place in range(len(text))), starts, ends)
        assert find_read("Yersin thế nào?", [passage(text)], {1: reading}).quotes[0].short == short


def test_passages_that_were_not_read_count_neither_for_nor_against(find_read: Callable[..., Evidence]) -> None:
    text, unread = "Núi cao lắm.", "Cầu dài 450 m."
    passages = [passage(text), passage(unread, chunk_id=2, article_id="b.md")]
    evidence = find_read("Cầu dài bao nhiêu mét?", passages, {1: reading_of(text, "cao", -11.0)})
    assert evidence.quotes[0].text == unread


@pytest.mark.parametrize(
    ("own", "other", "first"),
    [(6.0, -9.0, "A"), (-4.0, -9.0, "BC"), (1.0, 9.0, "B"), (None, -12.0, "C"), (None, -4.0, "B")],
    ids=["own is sure", "own is not", "both are", "there is no own", "nor here"],
)
def test_beside_its_own_language_a_reading_in_another_counts_nothing_at_least(
    find_read: Callable[..., Evidence], own: float | None, other: float, first: str
) -> None:
    texts = {"A": "Cầu A dài 450 m.", "B": "Cầu B dài 450 m.", "C": "Cầu C dài 450 m."}
    languages, scores = {"A": "vi", "B": "en", "C": "en"}, {"A": own, "B": other, "C": -6.5}
    passages = [
        replace(passage(text, chunk_id=number, article_id=f"{name}.md"), language=languages[name])
        for number, (name, text) in enumerate(texts.items())
        if scores[name] is not None
    ]
    readings = {each.chunk_id: reading_of(each.text, "450 m", scores[each.article_id[0]] or 0.0) for each in passages}
    evidence = find_read("Cầu nào dài 450 m?", passages, readings)
    assert evidence.quotes[0].text in [texts[name] for name in first]


def test_only_readings_of_the_side_of_the_first_quote_tell_how_sure_it_is(find_read: Callable[..., Evidence]) -> None:
    own, foreign = "Cầu dài 450 m.", "The bridge is 450 m long."
    passages = [passage(own), replace(passage(foreign, chunk_id=2, article_id="b.md"), language="en")]
    readings = {1: reading_of(own, "450 m", -11.0, 8.0), 2: reading_of(foreign, "450 m", 9.0, -2.0)}
    evidence = find_read("Cầu dài bao nhiêu?", passages, readings)
    assert evidence.quotes[0].text == foreign
    assert evidence.signals is not None
    assert (evidence.signals.kind, evidence.signals.reading) == ("cross", -2.0)
    evidence = find_read("Cầu dài bao nhiêu?", passages, {1: readings[1]})
    assert evidence.signals is not None
    assert (evidence.signals.kind, evidence.signals.reading) == ("read", 8.0)


def test_no_reading_is_as_none(find_read: Callable[..., Evidence], find_in: FindIn) -> None:
    passages = [passage("Cầu dài 450 m. Núi cao.")]
    assert find_read("Cầu dài bao nhiêu?", passages, {}) == find_in("Cầu dài bao nhiêu?", passages)
