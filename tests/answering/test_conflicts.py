from __future__ import annotations

import pytest

from rag.answering.conflicts import Conflicts, find_conflicts
from rag.answering.quote import Quote
from rag.query.query import make_query
from tests.doubles import EmptyTermStatistics, HashEmbedder

DEATHS = "Bão số 3 làm bao nhiêu người chết?"


def quote(short: str, published: str | None, article_id: str = "", *, title: str = "Bão số 3") -> Quote:
    """A quote that is its short answer, of an article of its own if none is named."""
    article_id = article_id or f"{short} {published}"
    return Quote(article_id, title, "", published, "vi", 0, len(short), short, 1.0, (0, len(short)), 1.0)


def conflicts(question: str, *quotes: Quote) -> Conflicts:
    return find_conflicts(make_query(question, EmptyTermStatistics(), HashEmbedder()), quotes)


EARLY, LATE = quote("24 người chết", "2026-09-10"), quote("300 người chết", "2026-09-25")


def test_a_pair_is_in_the_order_of_the_quotes() -> None:
    assert conflicts(DEATHS, LATE, EARLY) == Conflicts((LATE, EARLY), ((LATE, EARLY),))


@pytest.mark.parametrize(
    "question", ["Bão số 3 có làm nhiều người chết không?", "Vì sao bão số 3 làm nhiều người chết?"]
)
def test_other_questions_have_no_answers_that_exclude_each_other(question: str) -> None:
    assert conflicts(question, EARLY, LATE) == Conflicts()


def test_only_the_first_answer_of_an_article_counts() -> None:
    again = quote("300 người chết", "2026-09-25", "a")
    first = quote("24 người chết", "2026-09-25", "a")
    found = conflicts(DEATHS, EARLY, first, again)
    assert found.among([EARLY, first, again]) == []
    assert found.among([EARLY, again]) == [again, EARLY]


def test_only_what_is_cited_conflicts() -> None:
    other = quote("hơn 24 người chết", "2026-09-11")
    found = conflicts(DEATHS, EARLY, LATE, other)
    assert found.among([EARLY, LATE, other]) == [LATE, other, EARLY]
    assert found.latest_first([EARLY, LATE, other]) == [LATE, other, EARLY]
    assert found.among([EARLY, other]) == []
    assert found.among([LATE]) == []
    assert found.latest_first([other, EARLY]) == [other, EARLY]
