from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from rag.answering.caveats import caveats
from rag.answering.conflicts import find_conflicts
from rag.answering.quote import Quote
from rag.query.query import make_query
from tests.doubles import EmptyTermStatistics, HashEmbedder

TODAY = date(2026, 11, 24)
DEATHS = "Bão số 3 làm bao nhiêu người chết?"


def said(
    short: str, published: str | None, article_id: str = "", *, title: str = "Bão số 3", sure: float = 1.0
) -> Quote:
    place = (5, 5 + len(short))
    name = article_id or f"{short} {published}"
    return Quote(name, title, "", published, "vi", *place, short, 1.0, place, sure)


def caveats_of(
    question: str, quotes: Sequence[Quote], language: str, today: date, *, latest: bool = False
) -> tuple[str, ...]:
    query = make_query(question, EmptyTermStatistics(), HashEmbedder(), reply_language=language, latest=latest)
    return caveats(query, quotes, find_conflicts(query, quotes).among(quotes), today)


def latest_first(question: str, quotes: Sequence[Quote]) -> list[Quote]:
    query = make_query(question, EmptyTermStatistics(), HashEmbedder())
    return find_conflicts(query, quotes).latest_first(quotes)


def test_articles_that_differ_are_told_the_later_first() -> None:
    early, other, late = (
        said("24 người chết", "2026-09-10"),
        said("ngày mai", None),
        said("300 người chết", "2026-09-25"),
    )
    assert latest_first(DEATHS, [early, other, late]) == [late, other, early]
    assert caveats_of(DEATHS, [early, other, late], "vi", TODAY) == (
        "Số liệu khác nhau: 25/09/2026: 300 người chết; 10/09/2026: 24 người chết",
    )
    won = [said("Nam", "2026-09-10", title="Who won"), said("Ba", "2026-09-25", title="Who won")]
    assert caveats_of("Who won?", won, "fr", TODAY) == ("Les articles diffèrent : 25/09/2026: Ba; 10/09/2026: Nam",)
    assert caveats_of("Who won?", won, "ko", TODAY) == ("The articles differ: 25 Sep 2026: Ba; 10 Sep 2026: Nam",)


@pytest.mark.parametrize(
    ("question", "quotes"),
    [
        # Of two lines, of which the question names one.
        (
            "Tuyến Nhổn – ga Hà Nội khởi công khi nào?",
            [
                said("25/9/2010", "2024-08-08", title="Tuyến Nhổn – ga Hà Nội khởi công"),
                said("28/8/2012", "2024-12-22", title="Tuyến Bến Thành – Suối Tiên khởi công"),
            ],
        ),
        # When it was begun, and when it was opened.
        (
            "Cầu Rồng được khởi công khi nào?",
            [
                said("19/7/2009", "2009-07-20", title="Cầu Rồng khởi công"),
                said("29/3/2013", "2013-03-30", title="Thông xe Cầu Rồng"),
            ],
        ),
        # Of a city, and of the whole country.
        (
            "Cả nước có bao nhiêu xã?",
            [
                said("168 xã", "2025-06-12", title="Thành phố có bao nhiêu xã"),
                said("2.636 xã", "2025-06-30", title="Cả nước có bao nhiêu xã"),
            ],
        ),
        # The same day, written in two ways, and the same sum.
        (
            "Cầu Rồng khánh thành khi nào?",
            [
                said("29/3/2013", "2013-03-30", title="Cầu Rồng khánh thành"),
                said("ngày 29 tháng 3 năm 2013", "2014-03-30", title="Cầu Rồng khánh thành"),
            ],
        ),
        (
            "Bão số 3 gây thiệt hại bao nhiêu tiền?",
            [
                said("40.000 tỷ đồng", "2024-09-10", title="Thiệt hại do bão số 3 gây ra"),
                said("40 nghìn tỷ đồng", "2024-09-12", title="Thiệt hại do bão số 3 gây ra"),
            ],
        ),
    ],
)
def test_values_of_different_things_do_not_differ(question: str, quotes: list[Quote]) -> None:
    assert not any("khác nhau" in caveat for caveat in caveats_of(question, quotes, "vi", date(2024, 12, 30)))
    assert latest_first(question, quotes) == quotes


def test_what_is_not_sure_is_not_said() -> None:
    quotes = [said("24 người chết", "2026-09-10", sure=0.5), said("300 người chết", "2026-09-25")]
    assert caveats_of(DEATHS, quotes, "vi", TODAY) == ("Số liệu khác nhau: 25/09/2026, 10/09/2026",)
    assert latest_first(DEATHS, quotes) == quotes[::-1]
    names = [said("Nam", "2026-09-10", title="Who won", sure=0.5), said("Ba", "2026-09-25", title="Who won")]
    assert caveats_of("Who won?", names, "en", TODAY) == ()


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
    assert latest_first(DEATHS, quotes) == quotes
    assert caveats_of(DEATHS, quotes, "vi", TODAY) == ()


@pytest.mark.parametrize(
    ("question", "published", "latest", "language", "caveat"),
    [
        (
            "Fansipan cao bao nhiêu?",
            "2016-07-21",
            True,
            "vi",
            "Bài mới nhất được trích dẫn có từ 21/07/2016 (10 năm trước).",
        ),
        ("How high is it?", "2025-07-21", True, "en", "The latest article cited is from 21 Jul 2025 (1 year ago)."),
        (
            "Wie hoch ist er?",
            "2016-07-21",
            True,
            "de",
            "Der neueste zitierte Artikel ist vom 21.07.2016 (vor 10 Jahren).",
        ),
        (
            "Cao bao nhiêu năm 2016?",
            "2016-07-21",
            True,
            "vi",
            "Bài mới nhất được trích dẫn có từ 21/07/2016 (10 năm trước).",
        ),
        ("Cao bao nhiêu năm 2016?", "2016-07-21", False, "vi", None),
        ("Cao bao nhiêu?", "2016-07-21", False, "vi", None),
        ("Cao bao nhiêu?", "2026-07-21", True, "vi", None),
        ("Cao bao nhiêu?", "2027-07-21", True, "vi", None),
        ("Cao bao nhiêu?", None, True, "vi", None),
    ],
)
def test_old_articles_are_said_to_be_old(
    question: str, published: str | None, latest: bool, language: str, caveat: str | None
) -> None:
    found = caveats_of(question, [said("3.147 m", published)], language, TODAY, latest=latest)
    assert found == ((caveat,) if caveat else ())


@pytest.mark.parametrize("published", ["2024", "2024-09", "20240907"])
def test_a_day_of_another_form_is_said_as_it_is(published: str) -> None:
    quotes = [said("24 người chết", published), said("300 người chết", "2026-09-25")]
    assert (
        caveats_of(DEATHS, quotes, "vi", TODAY)[0]
        == f"Số liệu khác nhau: 25/09/2026: 300 người chết; {published}: 24 người chết"
    )


def test_a_list_of_articles_has_no_age_of_its_own() -> None:
    asked = "Có những bài nào về bão?"
    query = make_query(asked, EmptyTermStatistics(), HashEmbedder(), reply_language="vi", latest=True)
    quotes = [said("24 người chết", "2020-09-10")]
    assert caveats(query, quotes, [], TODAY)
    for kind in ("collection", "vague"):
        assert caveats(replace(query, kind=kind), quotes, [], TODAY) == ()
