"""Web pages: the article found among navigation, advertisements and comments by trafilatura (Barbaresi, ACL 2021)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from rag.documents.article import Article, article_from
from rag.documents.byline import byline
from rag.documents.file_content import read_bytes
from rag.documents.page_captions import keep_captions
from rag.documents.page_metadata import page_metadata, shown_text, squeezed
from rag.documents.page_tail import take_tail
from rag.documents.saved_story import stories
from rag.documents.table import cells_between_bars, table_lines
from rag.errors import DocumentError

# A page of more tags than this is none for people, and takes minutes.
MAX_TAGS = 500_000
# Where the library's own rules find little it asks two other extractors, one of which (jusText) compares each short
# paragraph with all others: of 10,000 elements that takes seconds, of 20,000 a minute. Larger pages go without them.
_COMPARED_ELEMENTS = 10_000
# Not any date in the text, which may be that of a law or of another story.
_STATED_DATES = {"extensive_search": False, "original_date": True}
# Where the page's structured data hold so many times as much as was found, most of the article was lost: on one of 129
# pages (`tests/benchmarks/html_news.py`), for an F1 of .960 and not .957.
_LOST = 2


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
        yield from stories(article_from(fields, name, place=name, fallback_title=PurePosixPath(name).stem))


def _with_rows(text: str) -> str:
    """The text, the rows of tables, which the library puts between bars, with their headings in place of these."""
    lines: list[str] = []
    for in_table, group in groupby(text.split("\n"), key=lambda line: line.startswith("|")):
        if in_table:
            lines += table_lines([cells_between_bars(line) for line in group if line.strip("-| ")])
        else:
            lines += group
    return "\n".join(lines)


def _without_title(text: str, title: str) -> str:
    """The text without its title as the first line (an F1 of .962 and not .960 over the same pages)."""
    first, _, rest = text.partition("\n")
    return rest.strip() if rest.strip() and squeezed(first) == squeezed(title) else text


def _fields(content: bytes) -> dict[str, Any]:
    """What the page says of its article; nothing when no text was found."""
    import trafilatura

    page: Any = trafilatura.load_html(content)
    if page is None:
        return {}
    stated, tail = page_metadata(page), take_tail(page)
    keep_captions(page)
    large = sum(1 for _ in page.iter("*")) > _COMPARED_ELEMENTS
    found: Any = trafilatura.bare_extraction(
        page, include_comments=False, with_metadata=True, fast=large, date_extraction_params=_STATED_DATES
    )
    text = _with_rows((found.text or "").strip()) if found else ""
    if len(stated.body) > _LOST * len(text):
        text = stated.body
    if not text:
        return {}
    # The lead often stands outside the article's own element, where the extraction does not see it. What is nowhere in
    # the page is written for search engines (F1 .960 for .956 without the lead).
    lead = (found.description or "").strip() if found else ""
    if lead and squeezed(lead) not in squeezed(text) and squeezed(lead) in shown_text(page):
        text = f"{lead}\n{text}"
    guessed = found.as_dict() if found else {}
    title = stated.title or guessed.get("title") or ""
    text = _without_title(text, title)
    # Pages that name themselves as the author name the people below the story (.91 of authors for .92).
    authors = (stated.author, byline(text), (guessed.get("author") or "").replace("; ", ", "), stated.organisation)
    return {
        "title": title,
        "text": f"{text}\n\n{tail}" if tail else text,
        "source": guessed.get("url"),
        "published": stated.published or guessed.get("date"),
        "language": guessed.get("language"),
        "author": next(filter(None, authors), None),
    }
