from __future__ import annotations

from pathlib import Path

import pytest

from rag.documents.xhtml import page_of_html, page_of_xml
from tests.documents.files import articles, errors, written
from tests.documents.office_files import PAGE, book

METADATA = (
    "<dc:title>Sông Hàn</dc:title><dc:creator>Lê An</dc:creator><dc:creator>Trần Bình</dc:creator>"
    '<dc:language>vi-VN</dc:language><dc:date opf:event="modification">2024-01-01</dc:date>'
    "<dc:date>2019-05-02T00:00:00Z</dc:date>"
)


def test_chapters_are_articles_in_the_order_of_the_spine(tmp_path: Path) -> None:
    chapters = {
        "text/b%20a.xhtml": PAGE.format("<h2>Cầu Rồng</h2><p>Cầu dài&#160;666&nbsp;m,<br/>sáu làn.</p>"),
        "cover.xhtml": PAGE.format('<img src="a.png"/>'),
        "a.xhtml": PAGE.format("<div>Không đề.</div>"),
    }
    content = book({name.replace("%20", " "): page for name, page in chapters.items()}, METADATA)
    first, second = articles(written(tmp_path, "sách.epub", content))
    assert (first.id, first.title, first.text) == (
        "sách.epub/text/b a.xhtml",
        "Cầu Rồng – Sông Hàn",
        "Cầu dài 666 m,\nsáu làn.",
    )
    assert (first.author, first.published, first.language) == ("Lê An, Trần Bình", "2019-05-02", "vi")
    assert (second.id, second.title, second.text) == ("sách.epub/a.xhtml", "Sông Hàn", "Không đề.")


def test_a_missing_or_hostile_page_loses_no_other(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/hostname">]>'
    chapters = {
        "../../../etc/passwd": None,
        "a.xhtml": bomb + PAGE.format("<p>Một &b;&c;.</p>"),
        "b.xhtml": b"\xff\xff\xff",
        "c.xhtml": PAGE.format("<table><tr><td>" * 60 + "Hai." + "</td></tr></table>" * 60),
    }
    file = written(tmp_path, "a.epub", book(chapters))
    assert [each.text for each in articles(file)] == ["Một .", "Hai."]
    assert [each.place for each in errors(file)] == [f"{file}:1", f"{file}:3"]
    assert all("ask for another copy" in each.reason for each in errors(file))


def test_a_book_without_text_says_so(tmp_path: Path) -> None:
    (error,) = errors(written(tmp_path, "a.epub", book({"a": PAGE.format("")})))
    assert error.reason.startswith("is empty")


def test_tables_of_pages_keep_their_headings() -> None:
    rows = "<tr><th rowspan='2'>Tỉnh</th><th colspan='2'>Dân số</th></tr><tr><th>Nam</th><th>Nữ</th></tr>"
    page = f"<p>Trước</p><table>{rows}<tr><td>Sơn La</td><td>một</td><td>hai</td></tr></table>Sau"
    lines = ("Trước", "Sơn La: Dân số – Nam: một; Dân số – Nữ: hai", "Sau")
    assert page_of_html(page).lines == lines
    assert page_of_xml(f"<html>{page}</html>").lines == lines


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<table>m<tr>n<td>o<td>p</td></tr></table>q", "mnopq"),
        ("<td>m</td><tr>n</tr>", "mn"),
        ("<table><table><tr><td>m</td></tr></table></table>n", "mn"),
        ("<table><tr><td>m<td>n</td>o</td>p</tr></table>", "mnop"),
        ("<script>x</script>m<!-- x -->n<style>x</style>o", "mno"),
        ("<table><tr><td colspan='99999' rowspan='99999'>m</td><td>n</td></tr></table>", "mn"),
    ],
)
def test_odd_pages_lose_no_text(page: str, words: str) -> None:
    assert {letter for line in page_of_html(page).lines for letter in line if letter.isalpha()} == set(words)
    in_xml = page.replace("o<td>p", "o</td><td>p").replace("p</tr>", "p</tr>")
    found = [letter for line in page_of_xml(f"<html>{in_xml}</html>").lines for letter in line if letter.isalpha()]
    assert set(found) == set(words)


def test_nothing_is_no_text() -> None:
    assert page_of_xml("").lines == page_of_html("").lines == page_of_xml("<a>" * 5000).lines == ()
