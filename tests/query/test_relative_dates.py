from __future__ import annotations

from datetime import date

import pytest

from rag.query.relative_dates import asks_latest, with_absolute_dates

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("GDP năm ngoái tăng bao nhiêu?", "GDP năm 2025 tăng bao nhiêu?"),
        ("gdp nam ngoai tang bao nhieu?", "gdp năm 2025 tang bao nhieu?"),
        ("Năm nay có mấy cơn bão?", "năm 2026 có mấy cơn bão?"),
        ("Tháng trước có bão không?", "Tháng trước có bão không?"),
        ("Có mấy cơn bão tháng trước?", "Có mấy cơn bão tháng 10/2026?"),
        ("Hôm qua có gì?", "ngày 23/11/2026 có gì?"),
        ("How many storms were there last year?", "How many storms were there in 2025?"),
        ("What happened last month?", "What happened in 10/2026?"),
        ("Was geschah letztes Jahr?", "Was geschah 2025?"),
        ("去年有多少台风？", "2025年有多少台风？"),
        ("Năm 2024 có mấy cơn bão?", "Năm 2024 có mấy cơn bão?"),
        ("Số liệu mới nhất về bão Yagi?", "Số liệu về bão Yagi?"),
        ("so lieu moi nhat ve bao Yagi", "so lieu ve bao Yagi"),
        ("What is the latest figure?", "What is the figure?"),
        ("What is the latest?", "What is the latest?"),
        ("Ga nào gần đây nhất với chợ Bến Thành?", "Ga nào gần đây nhất với chợ Bến Thành?"),
        ("Who wrote 'The Latest Thing' of 2020?", "Who wrote 'The Latest Thing' of 2020?"),
        ("Mới nhất?", "Mới nhất?"),
    ],
)
def test_relative_times_are_read_against_the_day(question: str, read: str) -> None:
    assert with_absolute_dates(question, TODAY) == read


def test_the_month_before_january_is_of_the_year_before() -> None:
    assert with_absolute_dates("Có gì tháng rồi?", date(2026, 1, 31)) == "Có gì tháng 12/2025?"


@pytest.mark.parametrize(
    "question",
    ["Giá vé hiện nay?", "gia ve hien nay?", "Số liệu mới nhất?", "What is the latest figure?", "最新数字是多少？"],
)
def test_now_asks_for_the_latest(question: str) -> None:
    assert asks_latest(question)


@pytest.mark.parametrize("question", ["Giá vé bao nhiêu?", "How much was the ticket?", "Nay mai ra sao?"])
def test_other_questions_do_not(question: str) -> None:
    assert not asks_latest(question)
