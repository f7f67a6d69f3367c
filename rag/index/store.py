"""The seam of storage: what holds the articles of a collection, their chunks and vectors; all else is derived from it.

`Store` is what questions are answered from, `WritableStore` what an ingestion changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.documents.article import Article, Page
from rag.documents.chunking import Chunk, with_head
from rag.index.filter import EVERYTHING, Filter
from rag.index.removed_articles import RemovedArticle

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a collection was made with.

    `embedding` and `fingerprint` are the name and the digest of the embedding model, `dimension` that of its vectors;
    `chunk_size` and `chunk_overlap` count tokens. `generation` grows by one with every change, `build` names the files
    derived from this generation ("" before the first). `calibration` are weights of the refusal, by kind of question,
    fitted to this collection in place of the default ones.
    """

    embedding: str
    fingerprint: str
    dimension: int
    chunk_size: int
    chunk_overlap: int
    generation: int = 0
    build: str = ""
    format: int = FORMAT
    calibration: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with the metadata of its article: `text == article.text[start:end]`.

    `id` is given once and never again, and grows: later chunks have higher ids. `head` is the title, with what else the
    article says of the chunk elsewhere (see `rag.documents.chunk_context`). `announced_on` is the page on which
    its article is only announced, None for a story of its own.
    """

    id: int
    article_id: str
    title: str
    source: str
    published: str | None
    language: str
    start: int
    end: int
    text: str
    head: str
    announced_on: Page | None = None

    @property
    def indexed(self) -> str:
        """The text that was embedded, and that the lexical index holds."""
        return with_head(self.head, self.text)


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no equality that is one truth value
class ChunkSentences:
    """The sentences of a chunk: `ranges` (n, 2), where each stands in its text, and `vectors` (n, d), unit rows."""

    ranges: NDArray[np.int32]
    vectors: NDArray[np.float32]


def page_of(teaser_of: str | None, store: Store) -> Page | None:
    """The page of that id, which is its title too where it has gone; None for None."""
    if teaser_of is None:
        return None
    page = store.article(teaser_of)
    return Page(teaser_of, page.title if page else teaser_of)


class Store(Protocol):
    """Articles, chunks and vectors of one collection; its methods may be called from several threads.

    All of them raise `CollectionError` when what is stored cannot be read, or is no longer what was put: then it names
    the article.
    """

    def manifest(self) -> Manifest:
        """Return what the collection was made with."""

    def count(self) -> tuple[int, int]:
        """Return the number of articles and that of chunks."""

    def languages(self) -> tuple[str, ...]:
        """Return the languages of the articles, the most frequent first, then in order of their codes."""

    def article(self, article_id: str) -> Article | None:
        """Return the article of that id, None when there is none."""

    def articles(self, only: Filter = EVERYTHING) -> list[Article]:
        """Return the articles that the filter lets through, "" in place of their texts, in order of id."""

    def chunk_ids(self, only: Filter) -> NDArray[np.int64]:
        """Return the ids (n,) of the chunks of all articles that the filter lets through, in order.

        Raises `UsageError` when it names articles or languages of which none is there.
        """

    def chunks(self, ids: Sequence[int]) -> dict[int, StoredChunk]:
        """Return the chunks of these ids, by id; unknown ids are left out."""

    def chunks_of(self, article_ids: Iterable[str]) -> list[StoredChunk]:
        """Return the chunks of these articles, article by article, in order of id; unknown articles have none."""

    def all_chunks(self) -> Iterator[StoredChunk]:
        """Yield every chunk in order of id, with few of them in memory at a time."""

    def neighbours(self, chunk_id: int) -> tuple[StoredChunk | None, StoredChunk | None]:
        """Return the chunks before and after this one in its article; None where there is none, or no such chunk."""

    def sentences(self, ids: Sequence[int]) -> dict[int, ChunkSentences]:
        """Return the sentences of the chunks of these ids, by id; those of which none are kept are left out."""

    def vectors(self, after: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Return the ids (n,) and vectors (n, d) of every chunk whose id is above `after`, in order of id."""


class WritableStore(Store, Protocol):
    """A store that an ingestion changes; what changes it is called inside `transaction`, by one writer at a time."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make all changes inside visible to readers at once, or none when an exception leaves it."""

    def origin(self, article_id: str) -> str | None:
        """Return the absolute path of the file that the article came from, None when there is no such article."""

    def origins(self) -> dict[str, list[str]]:
        """Return the ids of the articles of each file, both in order."""

    def ids_of(self, article_ids: Iterable[str]) -> list[int]:
        """Return the ids of the chunks of these articles, article by article, in order, though they be damaged."""

    def is_damaged(self, article_id: str) -> bool:
        """Return whether anything of an article is not as it was put; of one that is not there nothing is."""

    def missing_vectors(self, keys: Iterable[str]) -> set[str]:
        """Return those of the keys of chunks (see `rag.documents.chunking.Chunk`) without whole vector or sentences."""

    def removed_articles(self) -> list[RemovedArticle]:
        """Return the articles that were removed by their ids, in order of id and file."""

    def put_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest."""

    def put_vectors(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors (n, d), rounded to 16 bits, by the keys of the chunks that they stand for."""

    def put_sentences(self, keys: Sequence[str], sentences: Sequence[ChunkSentences]) -> None:
        """Keep the sentences of chunks, their vectors rounded to 8 bits, by the keys of the chunks."""

    def put_article(self, article: Article, origin: str, chunks: Sequence[Chunk]) -> None:
        """Add or replace an article and its chunks, given in their order in the text; the chunks get new ids."""

    def put_origin(self, article_id: str, origin: str) -> None:
        """Replace the path of the file that the article came from."""

    def put_removed_article(self, removed: RemovedArticle) -> None:
        """Remember that an article was removed."""

    def forget_removed_article(self, removed: RemovedArticle) -> None:
        """Forget that an article was removed, so that it may come back."""

    def remove_article(self, article_id: str) -> None:
        """Remove an article and its chunks; nothing happens when there is none."""

    def remove_unused_vectors(self) -> None:
        """Remove the vectors and the sentences of keys that no chunk has any more."""

    def close(self) -> None:
        """Give back what the store holds open; it is not used afterwards."""
