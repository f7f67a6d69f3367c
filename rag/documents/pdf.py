"""PDF files: their text in the order of reading, each line with its place on its page."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from statistics import median
from typing import Any, BinaryIO

from rag.documents.article import Article, TextBox, article_from
from rag.documents.file_content import read_bytes
from rag.documents.pdf_lines import Line
from rag.documents.pdf_page_text import PageText, page_text
from rag.documents.pdf_paragraphs import placed_text
from rag.documents.running_heads import without_running_heads
from rag.errors import DocumentError

MAX_PAGES = 2_000
MAX_CHARS = 5_000_000
# A title is set larger than the text by this factor, and no longer than so many characters.
_TITLE_SIZE = 1.15
_TITLE_CHARS = 250
# PDFium may be used by one thread at a time.
_LOCK = threading.RLock()
_PASSWORD = "is locked with a password; save it without one, for instance with `qpdf --decrypt --password=... in out`"
_SCANNED = (
    "holds pictures of pages and no text; make text of them first, for instance with `ocrmypdf -l vie in.pdf out.pdf`"
)


class PdfLoader:
    """Reads a .pdf file as one article, with the places of its lines.

    The title is that of the file's properties if the first page shows it, else the largest lines there. The day on
    which the file was made is not the one on which it was published: there is none.
    """

    suffixes = (".pdf",)

    def load(self, content: BinaryIO, name: str) -> Iterator[Article]:
        """Yield the article; see `Loader.load`."""
        with opened(content, name) as file:
            drawn = _pages(file, name)
            properties = file.get_metadata_dict()
        pages = without_running_heads([page.lines for page in drawn])
        lines = [line for page in pages for line in page]
        if not any(map(str.isalnum, "".join(line.text for line in lines))):
            raise DocumentError(name, _SCANNED)
        shown = " ".join(" ".join(line.text for line in pages[0]).split()).casefold()
        heading = _heading(pages[0])
        title, author = (_if_shown(properties.get(key, ""), shown) for key in ("Title", "Author"))
        large = " ".join(line.text for line in heading)
        placed = placed_text([line for line in lines if line not in heading] or lines)
        fields = {
            # A page may show more of it than the properties, or have the name of the site behind it.
            "title": large if large and _is_part(title, large) else title,
            "author": author,
            "text": placed.text,
        }
        article = article_from(fields, name, place=name, fallback_title=PurePosixPath(name).stem)
        boxes = (drawn[box.page - 1].turn.back.of_box(box) for box in placed.boxes)
        yield replace(article, boxes=tuple(map(_rounded, boxes)) if article.text == placed.text else ())


@contextmanager
def opened(content: BinaryIO, name: str) -> Iterator[Any]:
    """The document (of pypdfium2) in a file. Raises `DocumentError` where it is none, or locked."""
    import pypdfium2  # type: ignore[import-untyped]
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

    found = read_bytes(content, name)
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(found)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pdfium.FPDF_ERR_PASSWORD:
                raise DocumentError(name, _PASSWORD) from error
            raise DocumentError(
                name, "is not a PDF that can be read; check that it is whole, or save it anew"
            ) from error
        try:
            yield document
        finally:
            document.close()


def _rounded(box: TextBox) -> TextBox:
    """The box to a tenth of a point, as it is kept."""
    return replace(box, **{edge: round(getattr(box, edge), 1) for edge in ("left", "top", "right", "bottom")})


def _pages(document: Any, name: str) -> list[PageText]:
    import pypdfium2

    if len(document) > MAX_PAGES:
        raise DocumentError(name, f"has more than {MAX_PAGES:,} pages; split it")
    pages: list[PageText] = []
    chars = 0
    for index in range(len(document)):
        try:
            page = document[index]
            text = page_text(page, index + 1, pages[-1].open_table if pages else None)
            page.close()
        except pypdfium2.PdfiumError as error:
            raise DocumentError(name, f"its page {index + 1} cannot be read; repair it, or leave it out") from error
        pages.append(text)
        chars += sum(len(line.text) for line in text.lines)
        if chars > MAX_CHARS:
            raise DocumentError(name, f"holds more than {MAX_CHARS:,} characters; split it")
    return pages


def _if_shown(value: str, page: str) -> str:
    """A property of the file if the page shows it: many are left from another file, or the name of a computer."""
    value = " ".join(value.split())
    return value if " " in value and value.casefold() in page else ""


def _is_part(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    return one in other or other in one


def _heading(lines: Sequence[Line]) -> list[Line]:
    """The lines of the first page that stand out by their size, one below the other; none if none do."""
    if not lines:
        return []
    usual = median(line.size for line in lines for _ in line.text)
    largest = max(line.size for line in lines)
    first = next(place for place, line in enumerate(lines) if line.size > 0.95 * largest)
    heading = [lines[first]]
    for line in lines[first + 1 :]:
        if line.size <= 0.95 * largest:
            break
        heading.append(line)
    title = " ".join(line.text for line in heading)
    # One large letter opens a paragraph, or is a sign.
    return heading if largest >= _TITLE_SIZE * usual and " " in title and len(title) <= _TITLE_CHARS else []
