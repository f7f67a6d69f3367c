from __future__ import annotations

import pytest

from rag.documents.byline import byline


@pytest.mark.parametrize(
    ("last", "author"),
    [
        ("Theo Nguyễn Văn An/Báo Đường", "Nguyễn Văn An/Báo Đường"),
        ("Lê Thị Bình", "Lê Thị Bình"),
        ("Bài, ảnh: Lê Bình - Văn An", "Lê Bình - Văn An"),
        ("VOV", "VOV"),
        ("Ảnh: Lê Bình", None),
        ("Tổng hợp", None),
        ("Lê Thị Bình nói vậy.", None),
        ("Theo báo cáo của tỉnh", None),
        ("Theo", None),
        ("1. 2", None),
    ],
)
def test_the_last_line_of_a_story_names_its_author(last: str, author: str | None) -> None:
    assert byline(f"Đường dài 245 km.\n\n{last}\n") == author


def test_a_list_and_a_lone_line_name_nobody() -> None:
    assert byline("Các ga:\nHà Nội\nĐà Nẵng") is None
    assert byline("Lê Thị Bình") is None
