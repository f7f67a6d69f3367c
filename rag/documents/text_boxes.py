"""Where a quote stands on the pages of its file: which page, and which boxes on it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from rag.documents.article import TextBox


def page_at(boxes: Sequence[TextBox], offset: int) -> int | None:
    """The page on which the character at an offset of the text stands; None where there are no boxes before it."""
    place = bisect_right(boxes, offset, key=lambda box: box.start)
    return boxes[place - 1].page if place else None


def boxes_of(boxes: Sequence[TextBox], start: int, end: int) -> tuple[TextBox, ...]:
    """The places of the stretch [start, end) of the text, line by line, in order.

    Of a line that is only partly in it, the part is as wide as its share of the line's characters.
    """
    return tuple(
        _cut(box, max(box.start, start), min(box.end, end)) for box in boxes if box.start < end > start < box.end
    )


def _cut(box: TextBox, start: int, end: int) -> TextBox:
    width = (box.right - box.left) / (box.end - box.start)
    left, right = box.left + (start - box.start) * width, box.left + (end - box.start) * width
    return replace(box, start=start, end=end, left=left, right=right)
