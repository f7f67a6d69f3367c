"""A passage: a chunk of an article, found for a question."""

from __future__ import annotations

from dataclasses import dataclass

from rag.documents.article import Page
from rag.index.store import StoredChunk


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for a question: `article.text[start:end] == text`.

    `score` grows with relevance and is comparable among the passages of one question only; `cosine` (-1 to 1) is that
    of its vector with the question's. `announced_on` is the page on which its article is only announced, None for a
    story.
    """

    article_id: str
    chunk_id: int
    title: str
    source: str
    published: str | None
    language: str
    text: str
    start: int
    end: int
    score: float
    cosine: float
    announced_on: Page | None = None


def passage_of(chunk: StoredChunk, score: float = 0.0, cosine: float = 0.0) -> Passage:
    """The passage that a chunk is."""
    return Passage(
        article_id=chunk.article_id,
        chunk_id=chunk.id,
        title=chunk.title,
        source=chunk.source,
        published=chunk.published,
        language=chunk.language,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        score=score,
        cosine=cosine,
        announced_on=chunk.announced_on,
    )
