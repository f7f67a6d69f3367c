"""Web pages: the article found among navigation, advertisements and comments by trafilatura (Barbaresi, ACL 2021)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from rag.documents.article import Article, article_from
from rag.documents.file_content import read_bytes
from rag.errors import DocumentError

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# A page of more tags than this is none for people, and takes minutes.
MAX_TAGS = 500_000
# Where the library's own rules find little it asks two other extractors, one of which (jusText) compares each short
# paragraph with all others: of 10,000 elements that takes seconds, of 20,000 a minute. Larger pages go without them.
_COMPARED_ELEMENTS = 10_000
_PUBLISHED_TIMES = '//meta[@property="article:published_time"]/@content'


class HtmlLoader:
    """Reads a saved page as one article."""

    suffixes = (".html", ".htm")

    def load(self, content: BinaryIO, name: str) -> Iterator[Article]:
        """Yield the article; see `Loader.load`."""
        page = read_bytes(content, name)
        if page.count(b"<") > MAX_TAGS:
            raise DocumentError(name, f"has more than {MAX_TAGS:,} tags; save the article as .txt or .md")
        try:
            fields = _fields(page)
        except RecursionError as error:
            raise DocumentError(name, "is nested too deeply to be read; simplify it") from error
        if not fields:
            raise DocumentError(name, "no article text was found in the page; save the article as .txt or .md")
        yield article_from(fields, name, place=name, fallback_title=PurePosixPath(name).stem)


def _fields(content: bytes) -> dict[str, Any]:
    """What the page says of its article; nothing when no text was found."""
    import trafilatura

    page: Any = trafilatura.load_html(content)
    times = page.xpath(_PUBLISHED_TIMES) if page is not None else []
    large = page is not None and sum(1 for _ in page.iter("*")) > _COMPARED_ELEMENTS
    found: Any = trafilatura.bare_extraction(page, include_comments=False, with_metadata=True, fast=large)
    text = (found.text or "").strip() if found else ""
    if not text:
        return {}
    # The lead often stands outside the article's own element, where the extraction does not see it.
    lead = (found.description or "").strip()
    if lead and not lead.endswith(("…", "...")) and lead not in text:
        text = f"{lead}\n{text}"
    # The page gives its day in its own time zone; the date found by the library may be another one of the page.
    day = _ISO_DATE.match(times[0].strip()) if times else None
    published = day[0] if day else found.date
    return {
        "title": found.title,
        "text": text,
        "source": found.url,
        "published": published,
        "language": found.language,
    }
