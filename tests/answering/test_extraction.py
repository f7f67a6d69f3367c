"""Answers of quotes alone: what they are led by, and in which order the quotes stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.answer import Draft
from rag.answering.conflicts import Conflicts
from rag.answering.evidence import MAX_QUOTES, Evidence
from rag.answering.extraction import extract
from rag.answering.quote import Quote
from rag.answering.replies import replies
from rag.answering.summary import SENTENCES
from rag.config import AnswerSettings
from rag.query.query import Query, make_query
from rag.query.question_kind import QuestionKind
from tests.doubles import EmptyTermStatistics, HashEmbedder

STATIONS = "Tuyến dài 13 km với 12 nhà ga."
TRAINS = "Có 13 đoàn tàu bốn toa."
OPENING = "Tuyến mở cửa năm 2021."


def quote(text: str, score: float = 1.0, *, short: str | None = None, article: str = "a") -> Quote:
    """A quote that is the whole of an article, with the words of it that are its short answer."""
    at = (text.index(short), text.index(short) + len(short)) if short else None
    return Quote(article, "Tin", article, "2021-11-06", "vi", 0, len(text), text, score, at, float(bool(short)))


def query(question: str, kind: QuestionKind = "fact", language: str = "vi") -> Query:
    made = make_query(question, EmptyTermStatistics(), HashEmbedder(), reply_language=language)
    return replace(made, kind=kind)


def drafted(asked: Query, *quotes: Quote, conflicts: Conflicts | None = None, most: int = 3) -> Draft:
    evidence = Evidence(quotes, (), 0.9)
    return extract(asked, evidence, conflicts or Conflicts(), AnswerSettings(quotes=most))


FACT = query("Tuyến có bao nhiêu nhà ga?")
POLAR = query("Tuyến có 12 nhà ga phải không?")
SUMMARY = query("Tóm tắt bài về tuyến", "summary")


def test_a_short_answer_leads_its_quote() -> None:
    draft = drafted(FACT, quote(STATIONS, short="12 nhà ga"))
    assert (draft.text, draft.short) == (f"12 nhà ga. “{STATIONS}” [1]", "12 nhà ga")


def test_without_a_short_answer_quotes_stand_plain() -> None:
    draft = drafted(FACT, quote(STATIONS), quote(TRAINS, article="b"))
    assert (draft.text, draft.short) == (f"{STATIONS} [1] {TRAINS} [2]", None)
    assert [(each.marker, each.quote.text) for each in draft.citations] == [(1, STATIONS), (2, TRAINS)]


@pytest.mark.parametrize(
    ("asked", "lead"),
    [
        (FACT, "Gần nhất, có thể không trả lời câu hỏi:"),
        (POLAR, "Gần nhất, có thể không trả lời câu hỏi:"),
        (replace(FACT, reply_language="en"), "Nearest, though it may not answer the question:"),
    ],
)
def test_quotes_that_may_not_answer_say_so_and_have_no_short_answer(asked: Query, lead: str) -> None:
    quotes = (quote(STATIONS, short="12 nhà ga"), quote(TRAINS, article="b"))
    evidence = Evidence(quotes, (), 0.9, quote_signals=(-8.0, 0.0))
    draft = extract(asked, evidence, Conflicts(), AnswerSettings())
    said = f"{lead} “{STATIONS}” [1] “{TRAINS}” [2]"
    assert (draft.text, draft.status, draft.short, draft.doubtful) == (said, "answered", None, True)
    assert [(each.marker, each.quote) for each in draft.citations] == [(1, quotes[0]), (2, quotes[1])]
    sure = extract(asked, replace(evidence, quote_signals=(8.0, 6.0)), Conflicts(), AnswerSettings())
    assert not sure.doubtful
    assert STATIONS in sure.text


def test_yes_or_no_has_no_short_answer() -> None:
    draft = drafted(POLAR, quote(STATIONS, short="12 nhà ga"))
    assert (draft.text, draft.short) == (f"Bài viết nói: “{STATIONS}” [1]", None)


def test_the_kind_of_a_question_makes_it_polar_too() -> None:
    asked = query("Tuyến dài nhất nước?", "yes_no")
    assert drafted(asked, quote(STATIONS, short="12 nhà ga")).text.startswith(replies("vi").article_says)


def test_a_quote_that_scores_far_lower_is_left_out() -> None:
    near, far = quote(TRAINS, -0.4, article="b"), quote(OPENING, -0.6, article="c")
    draft = drafted(FACT, quote(STATIONS), near, far)
    assert [each.quote.text for each in draft.citations] == [STATIONS, TRAINS]


def test_a_summary_shows_all_its_sentences_in_their_order() -> None:
    quotes = [quote(f"Câu số {number}.", 0.0, article=str(number)) for number in range(MAX_QUOTES)]
    draft = drafted(SUMMARY, *quotes, most=1)
    assert [each.quote for each in draft.citations] == quotes[:SENTENCES]
    assert len(drafted(FACT, *quotes, most=1).citations) == 1


def test_what_is_no_summary_shows_only_what_comes_close() -> None:
    quotes = [quote(f"Câu số {number}.", -9.0 * number, article=str(number)) for number in range(MAX_QUOTES)]
    assert len(drafted(SUMMARY, *quotes).citations) == 1


def test_of_articles_that_differ_the_later_is_told_first() -> None:
    early = quote("Có 24 người chết.", short="24 người")
    late = replace(quote("Có 300 người chết.", short="300 người", article="b"), published="2024-09-28")
    differ = Conflicts((early, late), ((early, late),))
    draft = drafted(FACT, early, late, conflicts=differ)
    assert draft.text == f"300 người. “{late.text}” [1] “{early.text}” [2]"
    assert draft.conflicting == (late, early)


def test_what_looks_like_a_marker_in_a_quote_is_none() -> None:
    draft = drafted(FACT, quote("Có 12 ga [7] ở đó.", short="12 ga [7]"))
    assert draft.text == "12 ga (7). “Có 12 ga (7) ở đó.” [1]"
