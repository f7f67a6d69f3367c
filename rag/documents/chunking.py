"""An article -> chunks: runs of whole sentences, each with its place in the article and a header that gives it context.

A header is embedded and indexed with the text of its chunk and is no part of what is quoted: contextual chunk headers,
as in Anthropic's "Contextual Retrieval" (2024), here by rules in place of a model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.documents.article import Article
from rag.documents.chunk_context import sentence_contexts
from rag.text.ranges import TextRange
from rag.text.sentences import sentences

CountTokens = Callable[[Sequence[str]], list[int]]
# A longer title is cut: a header is to name the article, not to tell it.
MAX_TITLE_CHARS = 200
# The longest token of the vocabulary has so many characters. Of blanks and of characters that cannot be seen any number
# is no token, and of those that the vocabulary does not know any number is one.
_TOKEN_CHARS = 16


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one article: `text == article.text[start:end]`, offsets in characters.

    `head` is its header, a line for each: the article's title, then, where there are, the subject that a pronoun at the
    beginning of the text refers to, the heading of the section, and the article's date. `key` is the SHA-256 of
    `indexed` in hexadecimal: the vector of a chunk that was embedded before is found by it.
    """

    article_id: str
    start: int
    end: int
    text: str
    head: str
    key: str

    @property
    def indexed(self) -> str:
        """The text that is embedded, and indexed for BM25: the header and below it the text."""
        return with_head(self.head, self.text)


def with_head(head: str, text: str) -> str:
    """The text of a chunk below its header."""
    return f"{head}\n{text}"


def split_into_chunks(article: Article, count_tokens: CountTokens, *, size: int, overlap: int) -> list[Chunk]:
    """Cut an article into chunks of at most `size` tokens with their header, in the order of the text.

    A chunk begins with the last sentences of the one before it, up to `overlap` tokens of them. Chunks end at sentence
    ends; a sentence longer than a chunk is cut at blanks. Every character that is not blank is in at least one chunk.
    `count_tokens` gives the tokens of each of several texts, without special ones; 16 characters count as one at least.
    """
    title = article.title[:MAX_TITLE_CHARS]
    limit = _text_tokens(size, count_tokens([title])[0])
    parts = [part for span in sentences(article.text) for part in _parts(article.text, span, count_tokens, limit)]
    lengths = _lengths(article.text, parts, count_tokens)
    headers = list(_headers(title, list(sentence_contexts(article, parts)), lengths, count_tokens, size))
    limits = [_text_tokens(size, tokens) for _, tokens in headers]
    return [
        _chunk(article, headers[first][0], parts[first][0], parts[last - 1][1])
        for first, last in _runs(lengths, limits, min(overlap, limit // 2))
    ]


def _lengths(text: str, parts: Sequence[TextRange], count_tokens: CountTokens) -> list[int]:
    """The tokens of each part, at least one for each `_TOKEN_CHARS` characters up to the next part."""
    tokens = count_tokens([text[start:end] for start, end in parts])
    following = [*(start for start, _ in parts[1:]), parts[-1][1]] if parts else []
    return [
        max(count, -(-(after - start) // _TOKEN_CHARS))
        for count, (start, _), after in zip(tokens, parts, following, strict=True)
    ]


def _text_tokens(size: int, header: int) -> int:
    """How many tokens of text go below a header of so many: what it and two special tokens leave, at least half."""
    return max(size - header - 2, size // 2)


def _chunk(article: Article, head: str, start: int, end: int) -> Chunk:
    text = article.text[start:end]
    key = hashlib.sha256(with_head(head, text).encode()).hexdigest()
    return Chunk(article.id, start, end, text, head, key)


def _headers(
    title: str, contexts: Sequence[Sequence[str]], lengths: Sequence[int], count_tokens: CountTokens, size: int
) -> Iterator[tuple[str, int]]:
    """For each sentence the header of a chunk that begins with it, and the header's tokens.

    Below the title stand those lines of context with which the header takes at most a quarter of the chunk and the
    sentence still fits.
    """
    lines = list(dict.fromkeys([title, *(line for context in contexts for line in context)]))
    tokens = dict(zip(lines, count_tokens(lines), strict=True))
    for context, length in zip(contexts, lengths, strict=True):
        header, total = [title], tokens[title]
        for line in context:
            if total + tokens[line] <= min(size // 4, size - length - 2):
                header.append(line)
                total += tokens[line]
        yield "\n".join(header), total


def _runs(lengths: Sequence[int], limits: Sequence[int], overlap: int) -> Iterator[tuple[int, int]]:
    """Ranges [first, last) of sentences for the chunks: as many as the limit of the first allows, at least one.

    Each range begins with up to `overlap` tokens of the one before and holds a sentence more.
    """
    first = 0
    while first < len(lengths):
        last, total = first + 1, lengths[first]
        while last < len(lengths) and total + lengths[last] <= limits[first]:
            total += lengths[last]
            last += 1
        yield first, last
        if last == len(lengths):
            return
        following, repeated = last, 0
        while following - 1 > first:
            more = repeated + lengths[following - 1]
            # What is repeated must leave room for the next sentence, or the chunk would only repeat.
            if more > min(overlap, limits[following - 1] - lengths[last]):
                break
            following, repeated = following - 1, more
        first = following


def _parts(text: str, span: TextRange, count_tokens: CountTokens, limit: int) -> Iterator[TextRange]:
    """A sentence whole, or halved at a blank near its middle until each part has at most `limit` tokens."""
    start, end = span
    # A token has at least one character.
    if end - start <= limit or (end - start <= limit * _TOKEN_CHARS and count_tokens([text[start:end]])[0] <= limit):
        yield span
        return
    middle = (start + end) // 2
    blank = text.rfind(" ", start + 1, middle)
    cut = blank if blank > start + (end - start) // 4 else middle
    for half in ((start, cut), (cut, end)):
        part = text[half[0] : half[1]]
        left, right = half[0] + len(part) - len(part.lstrip()), half[1] - len(part) + len(part.rstrip())
        if left < right:
            yield from _parts(text, (left, right), count_tokens, limit)
