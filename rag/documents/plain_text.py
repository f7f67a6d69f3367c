"""Plain text files: the first line is the headline, the rest the article."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.documents.article import Article, article_from
from rag.documents.file_content import read_text
from rag.documents.saved_story import stories

# A first line longer than this is a paragraph, and stays in the text.
MAX_HEADLINE_CHARS = 250


class PlainTextLoader:
    """Reads a .txt file as one article."""

    suffixes = (".txt",)

    def load(self, content: BinaryIO, name: str) -> Iterator[Article]:
        """Yield the article; see `Loader.load`."""
        decoded = read_text(content, name)
        text = decoded.text.strip()
        first, _, rest = text.partition("\n")
        headline, body = first.strip(), rest.strip()
        if not body or len(headline) > MAX_HEADLINE_CHARS:
            body = text
        fields = {"title": headline[:MAX_HEADLINE_CHARS], "text": body}
        stem = PurePosixPath(name).stem
        yield from stories(article_from(fields, name, place=name, fallback_title=stem, repair=decoded.repair))
