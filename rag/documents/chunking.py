"""An article -> chunks: runs of whole sentences with exact character spans and stable ids."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.documents.article import Article
from rag.documents.chunk_context import contexts
from rag.text.ranges import TextRange
from rag.text.sentences import sentences

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of sentences of one article: `text == article.text[start:end]`.

    `head` is what the article says of it elsewhere: the title, and below it the subject that the first sentence points
    back to, the section and the date, where there are. `key` is the SHA-256 of `indexed`, by which a vector is found
    again.
    """

    article_id: str
    start: int
    end: int
    text: str
    head: str
    key: str

    @property
    def indexed(self) -> str:
        """What is embedded and indexed for words."""
        return with_head(self.head, self.text)


def with_head(head: str, text: str) -> str:
    """A chunk's text under its head."""
    return f"{head}\n{text}"


def split(article: Article, count_tokens: CountTokens, *, size: int, overlap: int) -> list[Chunk]:
    """Chunks of at most `size` tokens, head included, in order; each repeats up to `overlap` tokens of the one before.

    Chunks end at sentence ends; a sentence longer than a chunk is cut at blanks. Every character that is not blank is
    in at least one chunk.
    """
    title = article.title[:200]
    room = _room(size, count_tokens([title])[0])
    spans = [piece for span in sentences(article.text) for piece in _fitting(article.text, span, count_tokens, room)]
    lengths = count_tokens([article.text[start:end] for start, end in spans])
    heads = list(_heads(title, list(contexts(article, spans)), lengths, count_tokens, size))
    rooms = [_room(size, tokens) for _, tokens in heads]
    return [
        _chunk(article, heads[first][0], spans[first][0], spans[last - 1][1])
        for first, last in _runs(lengths, rooms, min(overlap, room // 2))
    ]


def _room(size: int, head: int) -> int:
    return max(size - head - 2, size // 2)


def _chunk(article: Article, head: str, start: int, end: int) -> Chunk:
    text = article.text[start:end]
    key = hashlib.sha256(with_head(head, text).encode()).hexdigest()
    return Chunk(article.id, start, end, text, head, key)


def _heads(
    title: str, unsaid: Sequence[Sequence[str]], lengths: Sequence[int], count_tokens: CountTokens, size: int
) -> Iterator[tuple[str, int]]:
    """The head of a chunk that starts with each sentence, and its tokens.

    Below the title stand the lines of context that fit into a quarter of the chunk and leave the sentence its room.
    """
    lines = list(dict.fromkeys([title, *(line for context in unsaid for line in context)]))
    tokens = dict(zip(lines, count_tokens(lines), strict=True))
    for context, length in zip(unsaid, lengths, strict=True):
        head, total = [title], tokens[title]
        for line in context:
            if total + tokens[line] <= min(size // 4, size - length - 2):
                head.append(line)
                total += tokens[line]
        yield "\n".join(head), total


def _runs(lengths: Sequence[int], rooms: Sequence[int], overlap: int) -> Iterator[tuple[int, int]]:
    """Ranges [first, last) of sentences that fit into the room of the first; at least one each, always moving on."""
    first = 0
    while first < len(lengths):
        last, total = first + 1, lengths[first]
        while last < len(lengths) and total + lengths[last] <= rooms[first]:
            total += lengths[last]
            last += 1
        yield first, last
        if last == len(lengths):
            return
        following, repeated = last, 0
        while following - 1 > first:
            more = repeated + lengths[following - 1]
            # What is repeated must leave room for the next sentence, or the chunk would only repeat.
            if more > min(overlap, rooms[following - 1] - lengths[last]):
                break
            following, repeated = following - 1, more
        first = following


def _fitting(text: str, span: TextRange, count_tokens: CountTokens, room: int) -> Iterator[TextRange]:
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
