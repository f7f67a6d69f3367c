from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import trafilatura
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.page_metadata import PageMetadata, page_metadata, shown_text, squeezed
from tests.documents import pages
from tests.documents.files import articles, only, written

NEWS = {
    "@type": "NewsArticle",
    "headline": "Cao tốc dài nhất nước",
    "datePublished": "2014-09-21T08:00:00+07:00",
    "author": [{"@type": "Person", "name": "Lê Bình"}, {"@type": "Organization", "name": "Báo Đường"}],
}


def structured(*data: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in data)


def stated(head: str, heading: str = "") -> PageMetadata:
    return page_metadata(
        trafilatura.load_html(f"<html><head>{head}</head><body><h1>{heading}</h1><p>a</p></body></html>")
    )


@pytest.mark.parametrize("data", [NEWS, [NEWS], {"@graph": [{"@type": "WebPage", "headline": "Trang"}, NEWS]}])
def test_the_structured_data_come_first(data: Any) -> None:
    found = stated(structured({"@type": "WebSite"}, data) + '<meta property="og:title" content="Khác">')
    assert found == PageMetadata("Cao tốc dài nhất nước", "Lê Bình", "Báo Đường", "2014-09-21", "")


def test_a_headline_that_is_only_the_windows_gives_way_to_the_one_it_is_shared_by() -> None:
    shared = '<title>Cao tốc dài nhất nước</title><meta property="og:title" content="Ba giờ rưỡi đến Lào Cai">'
    assert stated(structured(NEWS) + shared).title == "Ba giờ rưỡi đến Lào Cai"


@pytest.mark.parametrize("behind", [" - Báo Đường", " | Báo Đường", " – Tin tức - Báo Đường", "：Báo Đường"])
def test_the_name_of_the_site_is_no_part_of_a_title(behind: str) -> None:
    assert stated(f'<meta property="og:title" content="Đường mới{behind}">', heading="Đường mới").title == "Đường mới"
    assert stated('<meta property="og:title" content="Đường mới - cầu cũ">').title == "Đường mới - cầu cũ"


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ('<meta property="article:published_time" content="2013-03-29T23:30:00-05:00">', "2013-03-29"),
        ('<meta itemprop="datePublished" content="2013-03-29">', "2013-03-29"),
        ('<time itemprop="datePublished" datetime="2013-03-29 08:00">', "2013-03-29"),
        (structured({**NEWS, "datePublished": "2013-02-31"}), ""),
        (structured({**NEWS, "datePublished": 2013}), ""),
    ],
)
def test_the_day_is_the_pages_own(head: str, day: str) -> None:
    assert stated(head).published == day


def test_structured_data_may_be_anything() -> None:
    assert stated('<script type="application/ld+json">{oh</script>' + structured("a", None, 1, [[]])) == PageMetadata()
    assert stated(structured({"@type": ["Article"], "headline": ["a"], "author": 3})).title == ""
    assert stated(f'<script type="application/ld+json">{"[" * 5000}</script>') == PageMetadata()


@given(st.recursive(st.none() | st.integers() | st.text(max_size=9), lambda each: st.lists(each, max_size=3)
    | st.dictionaries(st.sampled_from([*NEWS, "@graph", "articleBody"]), each, max_size=4), max_leaves=12))  # fmt: skip
def test_no_structured_data_stop_a_page(data: Any) -> None:
    assert isinstance(stated(structured(data).replace("</p", "")), PageMetadata)


def test_what_is_shown_is_text_of_the_body() -> None:
    page = trafilatura.load_html("<html><body><p>Cầu <b>Rồng</b>.</p><script>x = 'Ẩn'</script>Đuôi</body></html>")
    assert shown_text(page) == squeezed("Cầu Rồng Đuôi")


def test_the_lead_is_put_back_where_the_reader_sees_it(tmp_path: Path) -> None:
    head = '<meta name="description" content="Đường dài nhất nước đã mở.">'
    shown = pages.html(head, "<h2>Đường dài nhất nước <b>đã mở.</b></h2><article>{story}</article>")
    assert only(tmp_path, "a.html", shown).text.startswith("Đường dài nhất nước đã mở.\n")
    hidden = pages.html(head, "<article>{story}</article>")
    assert "nhất nước" not in only(tmp_path, "b.html", hidden).text


def test_the_body_of_the_structured_data_is_taken_where_most_was_lost(tmp_path: Path) -> None:
    body = " ".join(f"Câu thứ {number} kể về con đường." for number in range(80))
    head = structured({**NEWS, "articleBody": f"<p>{body}</p>"})
    page = pages.html(head, "<article>{story}</article>")
    assert only(tmp_path, "a.html", page).text == body
    assert (
        articles(written(tmp_path, "b.html", pages.html(structured({**NEWS, "articleBody": "Ngắn."}))))[0].text
        != "Ngắn."
    )


def test_the_author_below_the_story_comes_before_a_paper_that_names_itself(tmp_path: Path) -> None:
    head = structured({**NEWS, "author": {"@type": "Organization", "name": "Báo Đường"}})
    assert only(tmp_path, "a.html", pages.html(head, "<article>{story}</article>")).author == "Nguyễn Văn An/Báo Đường"


def test_no_day_is_guessed_from_a_law_in_the_text(tmp_path: Path) -> None:
    page = pages.html(
        body="<article><p>Theo nghị quyết ngày 8/7/2025, đường được mở rộng thêm hai làn xe.</p>{story}</article>"
    )
    assert only(tmp_path, "a.html", page.replace("Sáng 21/9", "Mới đây")).published is None
