from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.teasers import is_heading, tail_of
from tests.documents import pages

LINES = ("Tin liên quan", "Đọc thêm:", "Cầu mới", "Cầu mới thông xe hôm nay.", "- Ga mới?", "21/7/2016", "x" * 700, "")


def test_the_tail_begins_at_its_heading() -> None:
    text = f"{pages.STORY}\n\n{pages.TAIL}"
    tail = tail_of(text)
    assert text[tail.start :] == pages.TAIL
    assert [(each.title, each.lead) for each in tail.teasers] == [*pages.TEASERS]


@pytest.mark.parametrize("heading", ["TIN LIÊN QUAN", "Xem thêm:", "## Đọc thêm"])
def test_headings_of_tails(heading: str) -> None:
    assert is_heading(heading)
    assert [each.title for each in tail_of(f"Một câu.\n{heading}\nCầu mới").teasers] == ["Cầu mới"]


@pytest.mark.parametrize(
    "text",
    [
        "Một câu.",
        "Đọc thêm\nCầu mới",  # nothing it could be the tail of
        "Một câu.\nĐọc thêm",
        "Một câu.\nĐọc thêm\nCầu mới thông xe hôm nay.",
        "Một câu.\nĐọc thêm\nCầu mới\nCầu dài 450 m.\nCầu có sáu làn xe.",
        f"Một câu.\nĐọc thêm\nCầu mới\n{'x' * 700}.",
        f"Một câu.\nĐọc thêm\n{'Cầu ' * 100}",
    ],
)
def test_what_is_no_tail_stays(text: str) -> None:
    tail = tail_of(text)
    assert (tail.start, list(tail.teasers)) == (len(text), [])


def test_each_heading_counts_its_own() -> None:
    tail = tail_of("Một câu.\nTin liên quan\nA\nB\nĐọc thêm\nC")
    assert [each.place for each in tail.teasers] == ["tin-lien-quan-1", "tin-lien-quan-2", "doc-them-1"]


@given(st.lists(st.sampled_from(LINES), max_size=20))
def test_nothing_of_a_page_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    tail = tail_of(text)
    assert bool(tail.teasers) == (tail.start < len(text))
    told = {part for each in tail.teasers for part in (each.title, each.lead)}
    for line in text[tail.start :].splitlines():
        assert not line or is_heading(line) or line == "21/7/2016" or line.removeprefix("- ") in told
    places = [each.place for each in tail.teasers]
    assert len(set(places)) == len(places)
