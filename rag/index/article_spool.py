"""Articles that wait to be written: those that were read lie on disk, so that many of them take little memory."""

from __future__ import annotations

import json
import tempfile
import weakref
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.documents.article import Article
from rag.documents.formats import Loaded
from rag.errors import CollectionError
from rag.index.article_codec import article_columns, stored_article
from rag.index.store import WritableStore

# Fewer bytes stay in memory.
_IN_MEMORY = 16 * 1024 * 1024


class ArticleSpool:
    """A temporary file of articles, gone with the last that refers to it."""

    def __init__(self) -> None:
        self._file: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed with the spool
        weakref.finalize(self, self._file.close)
        self._size = 0

    def put(self, loaded: Loaded) -> FoundArticle:
        """Lay an article aside. Raises `CollectionError` when there is no space for it."""
        each = loaded.article
        fields = (each.id, each.title, each.text, each.source, each.published, each.language)
        written = json.dumps([*fields, *article_columns(each)]).encode()
        try:
            self._file.seek(self._size)
            self._file.write(written)
            self._file.flush()
        except OSError as error:
            where = f"{tempfile.gettempdir()}: the articles cannot be laid there ({error.strerror})"
            raise CollectionError(f"{where}; free some space, or name another folder in TMPDIR") from error
        start, self._size = self._size, self._size + len(written)
        return FoundArticle(each.id, each.teaser_of, each.repaired, loaded.origin, self, start, len(written))

    def article(self, start: int, size: int) -> Article:
        """The article that was laid aside there."""
        self._file.seek(start)
        return stored_article(*json.loads(self._file.read(size)))


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article that was read, and what it was read from; all but a few of its fields lie in a spool."""

    id: str
    teaser_of: str | None
    repaired: str | None
    origin: Path | str
    spool: ArticleSpool
    start: int
    size: int

    @property
    def article(self) -> Article:
        """The article, read from the spool."""
        return self.spool.article(self.start, self.size)

    @property
    def loaded(self) -> Loaded:
        """As it was read."""
        return Loaded(self.article, self.origin)


@dataclass(frozen=True, slots=True)
class HeldArticle:
    """An article that is held, to be written anew."""

    id: str
    origin: str
    store: WritableStore

    @property
    def article(self) -> Article:
        """The article, read from the store."""
        found = self.store.article(self.id)
        assert found  # its one writer has not removed it
        return found


Waiting = FoundArticle | HeldArticle


def held_articles(store: WritableStore, but: Container[str]) -> list[HeldArticle]:
    """The articles of a store in order of id, but for some ids."""
    held = ((article_id, origin) for origin, ids in store.origins().items() for article_id in ids)
    return [HeldArticle(article_id, origin, store) for article_id, origin in sorted(held) if article_id not in but]
