from __future__ import annotations

import io
from pathlib import Path

import pytest

from rag.documents import html
from rag.documents.formats import load
from rag.errors import DocumentError
from tests.documents.files import only, written


def test_html(tmp_path: Path) -> None:
    body = "<p>Cây cầu bắc qua sông Hàn được khánh thành và đưa vào sử dụng.</p>" * 6
    page = (
        '<html lang="vi"><head><title>Cầu Rồng</title>'
        '<meta property="article:published_time" content="2013-03-29T08:00"><script>var x=1</script></head>'
        f"<body><nav>Trang chủ</nav><article><h1>Cầu Rồng</h1>{body}</article></body></html>"
    )
    found = only(tmp_path, "cau.HTM", page)
    assert found.title == "Cầu Rồng"
    assert found.text.startswith("Cây cầu bắc qua sông Hàn")
    assert "var x" not in found.text
    assert (found.published, found.language) == ("2013-03-29", "vi")


def test_a_bar_in_a_table_of_a_page_parts_no_cell(tmp_path: Path) -> None:
    text = "<p>Cây cầu bắc qua sông Hàn được khánh thành và đưa vào sử dụng.</p>" * 6
    rows = (("", "Dài", "Ghi chú"), ("Rồng", "666", "a | b"), ("", "488", "c"), ("Hàn", "", ""))
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    found = only(tmp_path, "a.html", f"<html><body><article>{text}<table>{table}</table></article></body></html>")
    assert found.text.split("\n")[-3:] == ["Rồng: Dài: 666; Ghi chú: a | b", "Dài: 488; Ghi chú: c", "Hàn"]


def test_a_page_nested_deeply_ends(tmp_path: Path) -> None:
    file = written(tmp_path, "a.html", "<div>" * 20_000 + "Xin chào." + "</div>" * 20_000)
    assert len(list(load(file))) == 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize("element", ["<ul><li>Xin chào</li></ul>", "<div><div><div>Xin chào</div></div></div>"])
def test_a_page_of_many_small_elements_goes_in_before_long(tmp_path: Path, element: str) -> None:
    assert only(tmp_path, "a.html", f"<html><body>{element * 20_000}</body></html>").text.count("Xin chào") >= 20_000


def test_a_page_of_too_many_tags_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_TAGS", 50)
    page = "<html><body>" + "<p>Xin chào.</p>" * 30
    with pytest.raises(DocumentError, match=r"has more than 50 tags; save the article as \.txt or \.md"):
        list(html.HtmlLoader().load(io.BytesIO(page.encode()), "a.html"))
