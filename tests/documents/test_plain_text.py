from __future__ import annotations

from pathlib import Path

from rag.documents.article import Article
from tests.documents.files import only


def test_text(tmp_path: Path) -> None:
    found = only(tmp_path, "bài.txt", "\ufeffTiêu đề\r\n\r\nDòng một của bài.\rDòng hai.")
    expected = Article("bài.txt", "Tiêu đề", "Dòng một của bài.\nDòng hai.", "bài.txt", None, "vi")
    assert found == expected


def test_text_of_one_line_or_with_a_long_first_line_keeps_it(tmp_path: Path) -> None:
    assert only(tmp_path, "a.txt", "Chỉ một dòng.").text == "Chỉ một dòng."
    long = "Một đoạn dài. " * 30
    found = only(tmp_path, "b.txt", f"{long}\nHết.")
    assert found.text == f"{long.strip()} \nHết."
    assert len(found.title) <= 250
