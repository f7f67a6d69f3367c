from __future__ import annotations

import pytest

from rag.documents.dateline import line_date, story_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Thứ năm, 21/7/2016 08:00 GMT+7\nTỉnh họp về cải cách.", "2016-07-21"),
        ("Họp\n\nHà Nội, ngày 21 tháng 7 năm 2016\nTỉnh họp.", "2016-07-21"),
        ("July 21, 2016\nThe province met.", "2016-07-21"),
        # Open: no line of the date, or an impossible one.
        ("Sáng 21/7/2016, tỉnh họp.", None),
        ("Ngày 30/2/2016\nTỉnh họp.", None),
        ("Tỉnh họp.\nTỉnh họp nữa.\n21/7/2016", None),
        ("Sáng 21/7, tỉnh họp.", None),
        ("Ngày 2/9/1945, Chủ tịch Hồ Chí Minh đọc Tuyên ngôn Độc lập.", None),
        ("Tỉnh họp theo Nghị quyết số 12/NQ-HĐND ngày 8/7/2025.", None),
        ("", None),
    ],
)
def test_the_day_of_a_story(text: str, day: str | None) -> None:
    assert story_date(text) == day


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("21/07/2016", "2016-07-21"),
        ("Cập nhật: 21/07/2016 - 08:15", "2016-07-21"),
        ("21/07", None),
        ("Tỉnh họp ngày 21/07/2016.", None),
        ("Tỉnh họp về cải cách hành chính hôm 21/07/2016", None),
    ],
)
def test_a_line_of_the_date(line: str, day: str | None) -> None:
    assert line_date(line) == day
