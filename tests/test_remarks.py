from __future__ import annotations

from datetime import date

import pytest

from rag.evidence import Quote
from rag.remarks import later_first, remarks

TODAY = date(2026, 11, 24)
DEATHS = "Bão số 3 làm bao nhiêu người chết?"


def said(short: str, published: str | None, article_id: str = "") -> Quote:
    return Quote(
        article_id or f"{short} {published}",
        "",
        "",
        published,
        "vi",
        5,
        5 + len(short),
        short,
        1.0,
        (5, 5 + len(short)),
    )


def test_articles_that_differ_are_told_the_later_first() -> None:
    early, other, late = (
        said("24 người chết", "2026-09-10"),
        said("ngày mai", None),
        said("300 người chết", "2026-09-25"),
    )
    assert later_first(DEATHS, [early, other, late]) == [late, other, early]
    assert remarks(DEATHS, [early, other, late], "vi", TODAY) == (
        "Số liệu khác nhau: 2026-09-25: 300 người chết; 2026-09-10: 24 người chết",
    )
    assert remarks("Who won?", [said("Nam", "2026-09-10"), said("Ba", "2026-09-25")], "fr", TODAY) == (
        "The articles differ: 2026-09-25: Ba; 2026-09-10: Nam",
    )


@pytest.mark.parametrize(
    "quotes",
    [
        [said("24 người", "2026-09-10"), said("24 người", "2026-09-25")],
        [said("24 người", "2026-09-10"), said("hơn 24 người", "2026-09-25")],
        [said("24 người", "2026-09-10"), said("300 km", "2026-09-25")],
        [said("24 người", "2026-09-10"), said("300 người", "2026-09-10")],
        [said("24 người", "2026-09-10", "a"), said("300 người", "2026-09-10", "a")],
        [said("24 người", None), said("300 người", "2026-09-10")],
        [],
    ],
)
def test_what_does_not_differ_is_left_alone(quotes: list[Quote]) -> None:
    assert later_first(DEATHS, quotes) == quotes
    assert remarks(DEATHS, quotes, "vi", TODAY) == ()


@pytest.mark.parametrize(
    ("question", "published", "latest", "language", "remark"),
    [
        (
            "Fansipan cao bao nhiêu?",
            "2016-07-21",
            False,
            "vi",
            "Bài mới nhất được trích dẫn có từ 2016-07-21 (10 năm trước).",
        ),
        ("How high is it?", "2025-07-21", False, "en", "The latest article cited is from 2025-07-21 (1 year ago)."),
        ("Wie hoch ist er?", "2016-07-21", False, "de", "The latest article cited is from 2016-07-21 (10 years ago)."),
        (
            "Cao bao nhiêu năm 2016?",
            "2016-07-21",
            True,
            "vi",
            "Bài mới nhất được trích dẫn có từ 2016-07-21 (10 năm trước).",
        ),
        ("Cao bao nhiêu năm 2016?", "2016-07-21", False, "vi", None),
        ("Cao bao nhiêu?", "2026-07-21", True, "vi", None),
        ("Cao bao nhiêu?", "2027-07-21", True, "vi", None),
        ("Cao bao nhiêu?", None, True, "vi", None),
    ],
)
def test_old_articles_are_said_to_be_old(
    question: str, published: str | None, latest: bool, language: str, remark: str | None
) -> None:
    found = remarks(question, [said("3.147 m", published)], language, TODAY, latest=latest)
    assert found == ((remark,) if remark else ())
