"""The picture of the page of a file on which a quote of an article stands."""

from __future__ import annotations

from contextlib import closing
from functools import lru_cache
from pathlib import Path

from rag.documents.article import TextBox
from rag.documents.formats import load_again
from rag.documents.pdf_page import render_page
from rag.documents.text_boxes import boxes_of
from rag.errors import DocumentError
from rag.index.removed_articles import text_sha256
from rag.index.sqlite_store import SqliteStore

_SUFFIX = ".pdf"
_MAX_BYTES = 4_000_000
# Pixels for a point: the width of a sheet of A4 on a screen, and half of it for pages that are photographs.
_SCALES = (1.5, 0.75)


def page_picture(folder: Path, article_id: str, start: int, end: int) -> bytes:
    """The picture (PNG, at most 4 MB) of the page on which `article.text[start:end]` begins, with that marked.

    The file is read within the bounds of `bounded_process`. Raises `DocumentError` where there is no such place on a
    page, or the file is gone, is no PDF of its own, or no longer holds the text that is stored.
    """
    with closing(SqliteStore(folder)) as store:
        article, origin = store.article(article_id), store.origin(article_id)
    boxes = boxes_of(article.boxes, start, end) if article else ()
    if article is None or origin is None or not boxes:
        raise DocumentError(article_id, "has no page on which this stands; ingest its file again")
    file = Path(origin)
    try:
        state = file.stat()
    except (OSError, ValueError) as error:
        raise DocumentError(file.name, "is gone; put it back and ingest it again") from error
    if not file.is_file() or file.suffix.lower() != _SUFFIX:
        raise DocumentError(file.name, "is no PDF; only pages of PDF files that lie in no other file are drawn")
    version = (state.st_mtime_ns, state.st_size)
    if _text_now(file, article_id, version) != text_sha256(article):
        raise DocumentError(file.name, "has changed since it was ingested; ingest it again")
    return _drawn(file, version, boxes[0].page, boxes)


@lru_cache(maxsize=64)
def _text_now(file: Path, article_id: str, version: tuple[int, int]) -> str:
    """The hash of the text that a version of a file holds."""
    article = next(each.article for each in load_again(file, article_id) if each.article.id == article_id)
    return text_sha256(article)


@lru_cache(maxsize=8)
def _drawn(file: Path, version: tuple[int, int], page: int, boxes: tuple[TextBox, ...]) -> bytes:
    for scale in _SCALES:
        picture = render_page(file, page, boxes, scale)
        if len(picture) <= _MAX_BYTES:
            return picture
    raise DocumentError(file.name, f"has a page {page} whose picture is larger than {_MAX_BYTES} bytes")
