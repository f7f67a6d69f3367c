from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents import pages
from tests.documents.files import only


@pytest.mark.parametrize(
    ("caption", "kept"), [("Xe đầu tiên qua <b>trạm</b>.", True), ("Ảnh của Bình", False), ("", False)]
)
def test_a_caption_that_is_a_sentence_stays_where_it_stands(tmp_path: Path, caption: str, kept: bool) -> None:
    figure = f"<figure><img src='a.jpg'><figcaption>{caption}</figcaption></figure>"
    page = pages.html(body=f"<article>{{story}}{figure}{figure}<p>Đường có bốn làn xe và nhiều nút giao.</p></article>")
    text = only(tmp_path, "a.html", page).text
    assert text.count("Xe đầu tiên qua trạm.") == kept
    assert text.endswith("\nXe đầu tiên qua trạm.\nĐường có bốn làn xe và nhiều nút giao.") == kept
    assert "Bình" not in text
