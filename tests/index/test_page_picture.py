from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from rag.config import ChunkSettings
from rag.errors import DocumentError
from rag.index import page_picture as pictures
from rag.index.ingest import ingest
from rag.index.page_picture import page_picture
from rag.index.sqlite_store import SqliteStore
from tests.documents.pdf_files import HEIGHT, WIDTH, Text, pdf
from tests.doubles import HashEmbedder

LENGTH = "Cầu dài 666 m."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection of a PDF of two pages and of a text."""
    (tmp_path / "files").mkdir()
    content = pdf([Text(72, 72, "Cầu Rồng")], [Text(72, 300, LENGTH)])
    (tmp_path / "files" / "cầu.pdf").write_bytes(content)
    (tmp_path / "files" / "sông.txt").write_text("Sông Hàn\n\nSông dài.", encoding="utf-8")
    ingest(tmp_path / "index", tmp_path / "files", HashEmbedder(), ChunkSettings())
    return tmp_path


def place(folder: Path) -> tuple[int, int]:
    store = SqliteStore(folder / "index")
    article = store.article("cầu.pdf")
    store.close()
    assert article
    start = article.text.index(LENGTH)
    return start, start + len(LENGTH)


def test_the_page_of_a_quote_is_drawn(folder: Path) -> None:
    drawn = Image.open(io.BytesIO(page_picture(folder / "index", "cầu.pdf", *place(folder))))
    assert drawn.size == (WIDTH * 3 // 2, HEIGHT * 3 // 2)
    found = {drawn.getpixel((x, y)) for x in range(0, drawn.width, 6) for y in range(450, 480, 6)}
    assert (255, 214, 0) in found


@pytest.mark.parametrize(
    ("how", "why"), [("gone", "is gone"), ("changed", "has changed"), ("broken", "is not a PDF"), ("folder", "no PDF")]
)
def test_of_a_file_that_is_another_now_no_page_is_drawn(folder: Path, how: str, why: str) -> None:
    file, where = folder / "files" / "cầu.pdf", place(folder)
    assert page_picture(folder / "index", "cầu.pdf", *where)
    file.unlink()
    if how == "changed":
        file.write_bytes(pdf([Text(72, 72, "Cầu Rồng")], [Text(72, 300, "Cầu dài 999 m.")]))
    elif how == "broken":
        file.write_bytes(b"no")
    elif how == "folder":
        file.mkdir()
    with pytest.raises(DocumentError, match=why) as raised:
        page_picture(folder / "index", "cầu.pdf", *where)
    assert str(folder) not in str(raised.value) or how == "broken"


def test_what_has_no_page_has_no_picture(folder: Path) -> None:
    for article, start, end in (("sông.txt", 0, 5), ("none", 0, 5), ("cầu.pdf", 10_000, 10_005)):
        with pytest.raises(DocumentError, match="has no page"):
            page_picture(folder / "index", article, start, end)


def test_a_pdf_in_an_archive_is_not_drawn(folder: Path) -> None:
    shutil.make_archive(str(folder / "all"), "zip", folder / "files")
    ingest(folder / "other", folder / "all.zip", HashEmbedder(), ChunkSettings())
    with pytest.raises(DocumentError, match="is no PDF"):
        page_picture(folder / "other", "all.zip/cầu.pdf", *place(folder))


def test_a_picture_that_is_too_large_is_drawn_smaller(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = page_picture(folder / "index", "cầu.pdf", *place(folder))
    pictures._drawn.cache_clear()
    monkeypatch.setattr(pictures, "_MAX_BYTES", len(whole) - 1)
    smaller = page_picture(folder / "index", "cầu.pdf", *place(folder))
    assert Image.open(io.BytesIO(smaller)).width == WIDTH * 3 // 4
    pictures._drawn.cache_clear()
    monkeypatch.setattr(pictures, "_MAX_BYTES", 10)
    with pytest.raises(DocumentError, match="larger than 10 bytes"):
        page_picture(folder / "index", "cầu.pdf", *place(folder))
    pictures._drawn.cache_clear()
