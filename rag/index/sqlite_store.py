"""The store of a collection in a SQLite database: one file, which everything else in its folder is derived from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.documents.article import Article
from rag.documents.chunking import Chunk
from rag.errors import CollectionError, CollectionMismatch, CollectionNotFound, UsageError
from rag.index.article_codec import article_columns, stored_article, teaser_of
from rag.index.filter import EVERYTHING, Filter
from rag.index.removed_articles import RemovedArticle
from rag.index.sqlite_filter import condition
from rag.index.sqlite_schema import (
    MANIFEST_SHA256,
    METADATA_SHA256,
    ORIGIN_SHA256,
    TEXT_SHA256,
    add_columns,
    damaged_articles,
    has_column,
    has_table,
    whole,
    whole_manifest,
    write_empty,
)
from rag.index.sqlite_vectors import SqliteVectors
from rag.index.store import FORMAT, Manifest, StoredChunk, page_of

FILE = "hoidap.sqlite"
_UNFINISHED = f"{FILE}.new"
_ARTICLE = "id, title, text, source, published, language"
_MORE = "details, boxes, origin"
_CHUNKS = """
SELECT chunks.id, articles.id, title, source, published, language, start, "end",
    substr(text, start + 1, "end" - start), head, {details}, {whole}
FROM chunks JOIN articles ON chunks.article = articles.row"""
# Made with the first removal: collections from before have none, or one without the hash.
_REMOVED = """
CREATE TABLE IF NOT EXISTS removals (id TEXT NOT NULL, origin TEXT NOT NULL, text_sha256 TEXT, PRIMARY KEY (id, origin))
"""


class SqliteStore(SqliteVectors):
    """A `rag.index.store.WritableStore` in a SQLite database."""

    def __init__(self, folder: Path) -> None:
        """Open an existing store. Raises `CollectionNotFound`, `CollectionMismatch` or `CollectionError`."""
        path = folder / FILE
        if not path.is_file():
            raise CollectionNotFound(
                f"{folder}: there is no collection yet; run: hoidap ingest FOLDER --index {folder}"
            )
        super().__init__(path)
        try:
            self.manifest()
            self._whole = whole(self._file)
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, folder: Path, manifest: Manifest) -> SqliteStore:
        """Make a new, empty store in a folder, and open it."""
        # Under another name until it is whole: a process that dies here leaves no collection, not a damaged one.
        unfinished = folder / _UNFINISHED
        try:
            folder.mkdir(parents=True, exist_ok=True)
            remove_unfinished(folder)
            write_empty(unfinished, json.dumps(asdict(manifest)))
            unfinished.replace(folder / FILE)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                remove_unfinished(folder)
            advice = "check that its disk has space and that you may write there, and try again"
            raise CollectionError(f"{folder}: no collection can be made there ({error}); {advice}") from error
        return cls(folder)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    # Reading

    def freeze(self) -> None:
        """From now on read the present state only, whatever others write."""
        self._file.freeze()

    def manifest(self) -> Manifest:
        """Return the manifest as it stands now, or as it was frozen."""
        try:
            text, is_whole = self._rows(f"SELECT manifest, {whole_manifest(self._file)} FROM collection")[0]
            values = json.loads(text)
            if (found := values.get("format")) != FORMAT:  # another version may seal otherwise, too
                raise CollectionMismatch(f"{self.path}: has format {found}, not {FORMAT}; ingest into a new one")
            if not is_whole:
                raise ValueError("its manifest is not as it was written")
            return Manifest(**values)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._file.error(error) from error

    def count(self) -> tuple[int, int]:
        """How many articles and how many chunks there are."""
        row = self._rows("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM chunks)")[0]
        return int(row[0]), int(row[1])

    def languages(self) -> tuple[str, ...]:
        """Languages of the articles, the most frequent first."""
        rows = self._rows("SELECT language FROM articles GROUP BY language ORDER BY count(*) DESC, language")
        return tuple(row[0] for row in rows)

    def article(self, article_id: str) -> Article | None:
        """Return the article of that id."""
        are_whole = f"{self._whole.metadata} AND {self._whole.text}"
        columns = f"{_ARTICLE}, {self._whole.details}, {self._whole.boxes}, {are_whole}"
        rows = self._rows(f"SELECT {columns} FROM articles WHERE id = ?", (article_id,))
        return stored_article(*self._checked(rows[0], rows[0][0])) if rows else None

    def articles(self, only: Filter = EVERYTHING) -> list[Article]:
        """The articles that the filter lets through without their texts, in order of id."""
        where, values = condition(only)
        columns = f"id, title, '', source, published, language, {self._whole.details}, NULL, {self._whole.metadata}"
        rows = self._rows(f"SELECT {columns} FROM articles WHERE {where} ORDER BY id", values)
        return [stored_article(*self._checked(row, row[0])) for row in rows]

    def origin(self, article_id: str) -> str | None:
        """Return the file that the article came from."""
        rows = self._rows("SELECT origin FROM articles WHERE id = ?", (article_id,))
        return str(rows[0][0]) if rows else None

    def origins(self) -> dict[str, list[str]]:
        """File -> the ids of its articles."""
        found: dict[str, list[str]] = {}
        for origin, article_id in self._rows("SELECT origin, id FROM articles ORDER BY origin, id"):
            found.setdefault(origin, []).append(article_id)
        return found

    def chunk_ids(self, only: Filter) -> NDArray[np.int64]:
        """Ids (n,) of the chunks of the articles that the filter lets through, in order.

        Raises `UsageError` when it names articles or languages of which none is there.
        """
        if only.articles and all(self.origin(article_id) is None for article_id in only.articles):
            raise UsageError(f"there is no article {only.articles[0]!r}; `hoidap articles list` shows their ids")
        if only.languages and set(only.languages).isdisjoint(known := self.languages()):
            raise UsageError(f"no article is in the language {only.languages[0]!r}; there are: {', '.join(known)}")
        articles, values = condition(only)
        query = f"SELECT id FROM chunks WHERE article IN (SELECT row FROM articles WHERE {articles}) ORDER BY id"
        return np.array([row[0] for row in self._rows(query, values)], dtype=np.int64)

    def chunks(self, ids: Sequence[int]) -> dict[int, StoredChunk]:
        """Return the chunks of these ids; unknown ids are left out."""
        marks = ",".join("?" * len(ids))
        return {chunk.id: chunk for chunk in self._chunks(f"chunks.id IN ({marks})", ids)}

    def chunks_of(self, article_ids: Iterable[str]) -> list[StoredChunk]:
        """Return the chunks of these articles."""
        wanted = "articles.id = ? ORDER BY chunks.id"
        return [chunk for article_id in article_ids for chunk in self._chunks(wanted, (article_id,))]

    def ids_of(self, article_ids: Iterable[str]) -> list[int]:
        """Ids of the chunks of these articles, which may be damaged."""
        query = "SELECT id FROM chunks WHERE article = (SELECT row FROM articles WHERE id = ?) ORDER BY id"
        return [row[0] for article_id in article_ids for row in self._rows(query, (article_id,))]

    def neighbours(self, chunk_id: int) -> tuple[StoredChunk | None, StoredChunk | None]:
        """Return the chunks before and after this one in its article; None where there is none, or no such chunk."""
        beside = "chunks.article = (SELECT article FROM chunks WHERE id = ?) AND chunks.id"
        before = self._chunks(f"{beside} < ? ORDER BY chunks.id DESC LIMIT 1", (chunk_id, chunk_id))
        after = self._chunks(f"{beside} > ? ORDER BY chunks.id LIMIT 1", (chunk_id, chunk_id))
        return before[0] if before else None, after[0] if after else None

    def all_chunks(self) -> Iterator[StoredChunk]:
        """Every chunk, in order of id."""
        last = -1
        while chunks := self._chunks("chunks.id > ? ORDER BY chunks.id LIMIT 5000", (last,)):
            yield from chunks
            last = chunks[-1].id

    # Writing

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing of what is written inside."""
        self._whole = add_columns(self._file)
        return self._file.transaction()

    def put_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest."""
        self._file.run("UPDATE collection SET manifest = ?", (json.dumps(asdict(manifest)),))
        self._file.run(f"UPDATE collection SET sha256 = {MANIFEST_SHA256}")

    def put_article(self, article: Article, origin: str, chunks: Sequence[Chunk]) -> None:
        """Add or replace an article and its chunks, given in order."""
        self.remove_article(article.id)
        metadata = (article.id, article.title, article.text, article.source, article.published, article.language)
        values = (*metadata, *article_columns(article), origin)
        columns = ", ".join(f"? AS {column}" for column in f"{_ARTICLE}, {_MORE}".split(", "))
        row = self._file.run(
            f"INSERT INTO articles ({_ARTICLE}, {_MORE}, metadata_sha256, text_sha256, origin_sha256)"
            f" SELECT *, {METADATA_SHA256}, {TEXT_SHA256}, {ORIGIN_SHA256} FROM (SELECT {columns}) AS articles",
            values,
        )
        self._file.run_each(
            'INSERT INTO chunks (article, start, "end", head, key) VALUES (?, ?, ?, ?, ?)',
            [(row, chunk.start, chunk.end, chunk.head, chunk.key) for chunk in chunks],
        )

    def put_origin(self, article_id: str, origin: str) -> None:
        """Say which file the article is now read from."""
        self._file.run("UPDATE articles SET origin = ? WHERE id = ?", (origin, article_id))
        self._file.run(f"UPDATE articles SET origin_sha256 = {ORIGIN_SHA256} WHERE id = ?", (article_id,))

    def remove_article(self, article_id: str) -> None:
        """Remove an article and its chunks; nothing happens when there is none."""
        self._file.run("DELETE FROM articles WHERE id = ?", (article_id,))

    # Removed articles

    def removed_articles(self) -> list[RemovedArticle]:
        """Return the articles that were removed by their ids, in order of id and file."""
        if not has_table(self._file, "removals"):
            return []
        text = "coalesce(text_sha256, '')" if has_column(self._file, "removals", "text_sha256") else "''"
        query = f"SELECT id, origin, {text} FROM removals ORDER BY id, origin"
        return [RemovedArticle(*row) for row in self._rows(query)]

    def put_removed_article(self, removed: RemovedArticle) -> None:
        """Remember that an article was removed."""
        self._file.run(_REMOVED)
        if not has_column(self._file, "removals", "text_sha256"):
            self._file.run("ALTER TABLE removals ADD COLUMN text_sha256 TEXT")
        values = (removed.article_id, removed.origin, removed.text_sha256)
        self._file.run("INSERT OR REPLACE INTO removals VALUES (?, ?, ?)", values)

    def forget_removed_article(self, removed: RemovedArticle) -> None:
        """Forget that an article was removed, so that it may come back."""
        values = (removed.article_id, removed.origin)
        self._file.run("DELETE FROM removals WHERE id = ? AND origin = ?", values)

    # Damage

    def is_damaged(self, article_id: str) -> bool:
        """Whether anything of an article is not as it was written."""
        return bool(damaged_articles(self._file, article_id))

    def _chunks(self, where: str, values: Sequence[object]) -> list[StoredChunk]:
        conditions = f"{self._whole.chunk} AND {self._whole.metadata}"
        query = _CHUNKS.format(details=self._whole.details, whole=conditions)
        rows = [self._checked(row, row[1]) for row in self._rows(f"{query} WHERE {where}", values)]
        pages = {details: page_of(teaser_of(details), self) for details in {row[-1] for row in rows}}
        return [StoredChunk(*(*row[:-1], pages[row[-1]])) for row in rows]


def remove_unfinished(folder: Path) -> None:
    """Remove stores that a process which died was making."""
    for file in folder.glob(f"{_UNFINISHED}*"):
        file.unlink(missing_ok=True)
