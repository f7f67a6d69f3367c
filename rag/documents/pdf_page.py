"""The picture of a page of a PDF with a quote marked on it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from rag.documents.article import TextBox
from rag.documents.bounded_reading import FILES
from rag.documents.paths import printable, unreadable
from rag.documents.pdf import opened
from rag.errors import DocumentError

# No picture has more pixels, however large its page: a page may be made kilometres wide.
_MAX_PIXELS = 16_000_000
_MARK = (255, 214, 0)
# How far a mark goes beyond the letters, in points.
_MARGIN = 1.0


def render_page(file: Path, page: int, boxes: Iterable[TextBox] = (), scale: float = 1.5) -> bytes:
    """The picture (PNG) of a page, from 1, of a PDF, with the boxes on it marked; `scale` are pixels for a point.

    A page that would have more than 16 million pixels is drawn smaller. The page is drawn within the bounds of
    `bounded_process`. Raises `DocumentError` where the file cannot be read, or has no such page.
    """
    marks = [asdict(box) for box in boxes if box.page == page]
    name = printable(file)
    try:
        with file.open("rb") as content:
            (picture,) = FILES.call(f"{__name__}:rendered", content, name, page, marks, scale)
    except OSError as error:
        raise unreadable(name, error) from error
    return picture


def rendered(
    content: BinaryIO, name: str, page: int, marks: Sequence[dict[str, float]], scale: float
) -> Iterator[bytes]:
    """Yield the picture of a page with marks, which are boxes as dictionaries; see `render_page`."""
    from PIL import Image, ImageChops, ImageDraw

    with opened(content, name) as document:
        if not 1 <= page <= len(document):
            raise DocumentError(name, f"has no page {page}; ingest it again if it has changed")
        width, height = document[page - 1].get_size()
        scale = min(scale, math.sqrt(_MAX_PIXELS / max(width * height, 1)))
        picture: Image.Image = document[page - 1].render(scale=scale).to_pil().convert("RGB")
    paper = Image.new("RGB", picture.size, "white")
    draw = ImageDraw.Draw(paper)
    for mark in marks:
        edges = (mark["left"] - _MARGIN, mark["top"], mark["right"] + _MARGIN, mark["bottom"])
        draw.rectangle([edge * scale for edge in edges], fill=_MARK)
    buffer = io.BytesIO()
    # As with a marker pen: what is dark stays dark.
    ImageChops.multiply(picture, paper).save(buffer, "PNG")
    yield buffer.getvalue()
