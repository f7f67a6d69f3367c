from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.documents.article import Article
from rag.documents.saved_story import stories
from tests.documents import pages
from tests.documents.files import articles, only, written

FORMS = {".txt": pages.TEXT, ".md": pages.MARKDOWN, ".html": pages.html()}


@pytest.mark.parametrize("suffix", FORMS)
def test_a_saved_page_is_its_story_and_its_teasers(tmp_path: Path, suffix: str) -> None:
    story, *teasers = articles(written(tmp_path, f"bài{suffix}", FORMS[suffix]))
    assert (story.id, story.title, story.published) == (f"bài{suffix}", pages.TITLE, None)
    assert (story.author, story.teaser_of) == ("Nguyễn Văn An/Báo Đường", None)
    assert [line for line in story.text.splitlines() if line] == [*pages.PARAGRAPHS, pages.BYLINE]
    assert [(each.id, each.title, each.text) for each in teasers] == [
        (f"bài{suffix}#tin-lien-quan-{place}", title, lead)
        for place, (title, lead) in enumerate(pages.TEASERS, start=1)
    ]
    for each in teasers:
        assert (each.teaser_of, each.source, each.language) == (story.id, story.source, "vi")
        assert (each.published, each.author) == (None, None), "what the page or another paper says is not its own"


def test_what_the_file_says_of_author_and_day_stays(tmp_path: Path) -> None:
    front = "---\ntitle: Cao tốc\nauthor: Lê Thị Bình\npublished: 2014-09-22\n---\n"
    story = articles(written(tmp_path, "a.md", front + pages.MARKDOWN))[0]
    assert (story.author, story.published) == ("Lê Thị Bình", "2014-09-22")


def test_the_day_of_a_teaser_is_that_beside_it(tmp_path: Path) -> None:
    tail = "Đọc thêm:\n- Hầm Hải Vân thông xe\n05/06/2005 07:00\n- Cầu Nhật Tân\n"
    text = f"{pages.TITLE}\nChủ nhật, 21/9/2014 10:00\n{pages.STORY}\n{tail}"
    story, hai_van, nhat_tan = articles(written(tmp_path, "a.txt", text))
    assert story.published == "2014-09-21"
    assert (hai_van.id, hai_van.published, hai_van.text) == ("a.txt#doc-them-1", "2005-06-05", "Hầm Hải Vân thông xe")
    assert (nhat_tan.id, nhat_tan.published) == ("a.txt#doc-them-2", None)


def test_a_section_of_such_a_name_stays_in_its_article(tmp_path: Path) -> None:
    prose = "Về tuyến đường này có sách của Bộ Giao thông. Sách in năm 2015.\n\nMột bài khác kể về các trạm thu phí."
    article = only(tmp_path, "a.txt", f"{pages.TITLE}\n\n{pages.STORY}\n\nĐọc thêm\n\n{prose}")
    assert article.text.endswith(prose)


def test_a_story_without_a_sure_day_has_none() -> None:
    text = "Sáng 21/9, tuyến đường được thông xe. Nghị quyết ra ngày 4/1/2013."
    (story,) = stories(Article("a", "Đường", text, "a", None, "vi"))
    assert (story.published, story.author) == (None, None)
    assert next(stories(replace(story, published="2014-09-22"))).published == "2014-09-22"
