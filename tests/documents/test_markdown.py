from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.documents.article import Article
from rag.documents.formats import load
from tests.documents.files import errors, only, written


def test_markdown(tmp_path: Path) -> None:
    head = "title: Cầu Rồng\r\nsource: https://bao.example/cau\r\npublished: 2013-03-29\r\nlanguage: vi-VN\r\n"
    body = "Cầu **dài** `666 m`, xem [ảnh](x.png) và ![hình](y.png).\r\n\r\n> Trích\r\n- mục\r\n"
    content = f"---\r\n{head}---\r\n# Cầu Rồng\r\n\r\n{body}"
    assert only(tmp_path, "cau.md", content) == Article(
        "cau.md",
        "Cầu Rồng",
        "Cầu dài 666 m, xem ảnh và hình.\n\nTrích\nmục",
        "https://bao.example/cau",
        "2013-03-29",
        "vi",
    )


def test_markdown_without_front_matter_takes_its_heading(tmp_path: Path) -> None:
    found = only(tmp_path, "a.md", "# Tiêu đề\n\nMột câu.\n\n# Mục\n\nHai câu.")
    assert (found.title, found.text) == ("Tiêu đề", "Một câu.\n\nMục\n\nHai câu.")
    assert only(tmp_path, "b.md", "Một câu.").title == "b"


@pytest.mark.parametrize(
    ("typed", "title", "language"),
    [
        ("title: 1.10\nlanguage: no", "1.10", "no"),
        ("title: No", "No", "vi"),
        ("title: 2024-01-01", "2024-01-01", "vi"),
        ("title: 0123", "0123", "vi"),
        ("title: null\nlanguage: ~", "a", "vi"),
        ("title:\nlanguage:", "a", "vi"),
        ("title: 'Hai: ba'", "Hai: ba", "vi"),
        ("title: Ho\u0300a", "Hòa", "vi"),
    ],
)
def test_front_matter_is_taken_as_typed(tmp_path: Path, typed: str, title: str, language: str) -> None:
    found = only(tmp_path, "a.md", f"---\n{typed}\n---\nCầu được xây ở Đà Nẵng.")
    assert (found.title, found.language) == (title, language)


@pytest.mark.parametrize("unit", ["[", "![", "**a ", "`", "__", "](", "# ", "> ", "* "])
def test_time_grows_with_the_markdown_only(tmp_path: Path, unit: str) -> None:
    file = written(tmp_path, "a.md", unit * 30_000 + "hết")
    begun = time.process_time()
    list(load(file))
    assert time.process_time() - begun < 5


def test_rows_of_a_table_have_their_headings(tmp_path: Path) -> None:
    text = """# Cầu

Trước.

| Cầu | Dài (m) | Ghi chú |
|:----|--------:|---|
| **Rồng** | 666 | a \\| b |
| Sông Hàn | 488 | |
Sau | không phải bảng

a | b
c | d
"""
    assert only(tmp_path, "a.md", text).text.split("\n")[2:] == [
        "Rồng: Dài (m): 666; Ghi chú: a | b",
        "Sông Hàn: Dài (m): 488",
        "Sau: Dài (m): không phải bảng",
        "",
        "a | b",
        "c | d",
    ]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("a: " + "[" * 2500, "nested too deeply"),
        ("a: [" + "a," * 2000 + "[" * 500, "nested too deeply"),
        ("a: [" + ("[" * 49 + "]" * 49 + ",") * 600 + "]", "more than 20,000 characters"),
        ("- " * 5000, "nested too deeply"),
        ("title: a\n" * 3000, "more than 20,000 characters"),
    ],
)
def test_a_hostile_front_matter_is_told_at_once(tmp_path: Path, block: str, told: str) -> None:
    file = written(tmp_path, "a.md", f"---\n{block}\n---\nCầu dài 6 m.")
    begun = time.process_time()
    (found,) = errors(file)
    assert time.process_time() - begun < 0.5
    assert told in str(found)


def test_lists_and_aliases_in_a_front_matter_are_read(tmp_path: Path) -> None:
    laughs = "\n".join(f"b{n}: &x{n} [{f'*x{n - 1}, *x{n - 1}' if n else 'ha'}]" for n in range(60))
    found = only(tmp_path, "a.md", f"---\ntitle: Cầu\ntags: [[a, [b]], {{c: d}}]\n{laughs}\n---\nCầu dài 6 m.")
    assert (found.title, found.text) == ("Cầu", "Cầu dài 6 m.")
