"""An article -> chunks: runs of whole sentences with exact character spans and stable ids."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.documents import Article
from rag.text import Span, sentences

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of sentences of one article: `text == article.text[start:end]`.

    `indexed` is what is embedded and indexed for words: the title, then the text. `key` is the SHA-256 of `indexed`, by
    which a vector is found again.
    """

    article_id: str
    start: int
    end: int
    text: str
    indexed: str
    key: str


def split(article: Article, count_tokens: CountTokens, *, size: int, overlap: int) -> list[Chunk]:
    """Chunks of at most `size` tokens, title included, in order; each repeats up to `overlap` tokens of the one before.

    Chunks end at sentence ends; a sentence longer than a chunk is cut at blanks. Every character that is not blank is
    in at least one chunk.
    """
    title = article.title[:200]
    room = max(size - count_tokens([title])[0] - 2, size // 2)
    spans = [piece for span in sentences(article.text) for piece in _fitting(article.text, span, count_tokens, room)]
    lengths = count_tokens([article.text[start:end] for start, end in spans])
    return [
        _chunk(article, title, spans[first][0], spans[last - 1][1])
        for first, last in _runs(lengths, room, min(overlap, room // 2))
    ]


def _chunk(article: Article, title: str, start: int, end: int) -> Chunk:
    text = article.text[start:end]
    indexed = f"{title}\n{text}"
    return Chunk(article.id, start, end, text, indexed, hashlib.sha256(indexed.encode()).hexdigest())


def _runs(lengths: Sequence[int], room: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Ranges [first, last) of sentences that fit into `room`; at least one sentence each, always moving on."""
    first = 0
    while first < len(lengths):
        last, total = first + 1, lengths[first]
        while last < len(lengths) and total + lengths[last] <= room:
            total += lengths[last]
            last += 1
        yield first, last
        if last == len(lengths):
            return
        following, repeated = last, 0
        # What is repeated must leave room for the next sentence, or the chunk would only repeat.
        allowed = min(overlap, room - lengths[last])
        while following - 1 > first and repeated + lengths[following - 1] <= allowed:
            following -= 1
            repeated += lengths[following]
        first = following


def _fitting(text: str, span: Span, count_tokens: CountTokens, room: int) -> Iterator[Span]:
    start, end = span
    if end - start <= room or count_tokens([text[start:end]])[0] <= room:
        yield span
        return
    middle = (start + end) // 2
    blank = text.rfind(" ", start + 1, middle)
    cut = blank if blank > start + (end - start) // 4 else middle
    for half in ((start, cut), (cut, end)):
        said = text[half[0] : half[1]]
        left, right = half[0] + len(said) - len(said.lstrip()), half[1] - len(said) + len(said.rstrip())
        if left < right:
            yield from _fitting(text, (left, right), count_tokens, room)
