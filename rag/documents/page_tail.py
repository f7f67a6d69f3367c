"""The announcements of other stories in a web page, taken out of it before its article is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from rag.documents.teasers import MAX_LINES, is_heading, teasers_in

# Elements whose text is no part of a line around them.
_BLOCKS = frozenset((
    "p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "article", "section", "aside", "header", "footer",
    "figure", "table", "tr", "td", "time", "br",
))  # fmt: skip
_UNSEEN = frozenset(("script", "style", "noscript", "template"))
# How far above a heading its teasers may lie beside it: <div><h3><a>heading</a></h3></div><ul>...</ul>.
_LEVELS = 3


def take_tail(page: Any) -> str:
    """Take the teasers below the first heading of a tail out of a page, an lxml tree; "" and nothing where none is.

    They come as lines, the heading first. They are taken where each has a paragraph of its own, of which an extraction
    makes one of the story. Boxes of bare links, sections and times, which it leaves out by itself, stay where they are:
    of 129 news pages nine have such, in the midst of the article too, and none a tail that is taken
    (`tests/benchmarks/html_news.py`). Kept because one story with six teasers, marked up in twelve ways, comes out in
    seven of them as one text with these without it, its day and author lost.
    """
    headings = [each for each in page.iter() if isinstance(each.tag, str) and is_heading(each.text or "")]
    for heading in headings[:MAX_LINES]:
        block = heading
        for _ in range(_LEVELS):
            if block.getnext() is not None or block.getparent() is None:
                break
            block = block.getparent()
        below = list(islice(block.itersiblings(), MAX_LINES))
        lines = [line for each in below for line in islice(_lines(each), MAX_LINES)][: MAX_LINES + 1]
        title = (heading.text or "").strip()
        teasers = teasers_in([title, *lines]) if len(lines) <= MAX_LINES else []
        if teasers and all(each.lead for each in teasers):
            for each in (block, *below):
                each.getparent().remove(each)
            return "\n".join([title, *lines])
    return ""


def _lines(element: Any) -> Iterator[str]:
    """The lines of an element as a browser breaks them, blank ones left out."""
    parts: list[str] = []
    for event, each in _walk(element):
        if isinstance(each.tag, str) and each.tag in _BLOCKS:
            if line := " ".join("".join(parts).split()):
                yield line
            parts = []
        if event == "start" and isinstance(each.tag, str) and each.tag not in _UNSEEN:
            parts.append(each.text or "")
        if event == "end" and each is not element:
            parts.append(each.tail or "")
    if line := " ".join("".join(parts).split()):
        yield line


def _walk(element: Any) -> Iterator[tuple[str, Any]]:
    from lxml import etree  # type: ignore[import-untyped]

    yield from etree.iterwalk(element, events=("start", "end"))
