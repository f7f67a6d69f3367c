from __future__ import annotations

from typing import Any

import pytest

from rag.errors import UsageError
from rag.index.filter import Filter


@pytest.mark.parametrize(
    "given", ["tomorrow", "2016-13", "2016-00", "2016-02-30", "21/7/2016", "2016-7-1", "", "20160721x"]
)
def test_what_is_no_date_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="2016-07-21"):
        Filter(since=given)


@pytest.mark.parametrize(
    "given", [{"sources": ("",)}, {"articles": (" ",)}, {"articles": ""}, {"articles": 5}, {"languages": (1,)}]
)
def test_what_is_no_list_of_texts_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="list of texts"):
        Filter(**given)


def test_one_text_is_a_list_of_one() -> None:
    assert Filter(sources="bao.vn", languages="vi-VN", articles="a0") == Filter(
        sources=("bao.vn",), languages=("vi",), articles=("a0",)
    )
    assert Filter(articles=(name for name in ["a0", "a1"])).articles == ("a0", "a1")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="2016-07-21"):
        Filter(since=2016)  # type: ignore[arg-type]


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(UsageError, match="exchange"):
        Filter(since="2017", until="2016")
    with pytest.raises(UsageError, match="exchange"):
        Filter(since="2016-07-23", until="2016-06")
    assert Filter(since="2016-07-23", until="2016-07")
    assert not Filter()
    assert Filter(until="2016")


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ("2016", "2016-01-01", "2016-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2016-07-21", "2016-07-21", "2016-07-21"),
        (None, None, None),
    ],
)
def test_the_days_that_a_date_stands_for(given: str | None, first: str | None, last: str | None) -> None:
    only = Filter(since=given, until=given)
    assert (only.first_day, only.last_day) == (first, last)
