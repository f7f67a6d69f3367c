"""Deterministic stand-ins, equal in every process, for tests that need no real model."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from rag.answering.answer_check import Verdict
from rag.answering.quote import Quote
from rag.documents.article import Article, article_from
from rag.documents.file_content import read_text
from rag.errors import DocumentError, GenerationError
from rag.index.leg import Field
from rag.models.llm import Message
from rag.models.reranker import Reading, TitledText
from rag.progress import Progress


class HashEmbedder:
    """Bags of words, each word hashed by SHA-256 into one of the dimensions; remembers what it was asked to embed."""

    def __init__(self, name: str = "hash", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.max_tokens = 512
        self.fingerprint = hashlib.sha256(f"{name} {dimension}".encode()).hexdigest()
        self.embedded: list[str] = []
        self.fail_after: int | None = None

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        if self.fail_after is not None and len(self.embedded) + len(texts) > self.fail_after:
            raise RuntimeError("the embedding died")
        self.embedded += texts
        if progress is not None:
            progress("embedding", len(texts), len(texts))
        return self._vectors(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._vectors(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(tokens(text)) for text in texts]

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 0.01
            for token in tokens(text.lower())[: self.max_tokens - 2]:
                row[int.from_bytes(hashlib.sha256(token.encode()).digest()[:4], "big") % self.dimension] += 1
            row /= np.linalg.norm(row)
        return rows


class EmptyTermStatistics:
    """The term statistics of a collection without chunks."""

    @property
    def chunk_count(self) -> int:
        return 0

    def document_frequency(self, term: str, field: Field) -> int:
        return 0


def tokens(text: str) -> list[str]:
    """Words, and every other character that is not blank."""
    return re.findall(r"\w{1,8}|[^\w\s]", text)


class LineLoader:
    """A format of its own, .lines: an article a line, its id before a tab and its text behind it."""

    suffixes = (".lines",)

    def load(self, content: BinaryIO, name: str) -> Iterator[Article | DocumentError]:
        for number, line in enumerate(read_text(content, name).split("\n"), start=1):
            article_id, tab, text = line.partition("\t")
            try:
                if tab and article_id.strip():
                    yield article_from({"text": text}, article_id, place=f"{name}:{number}", fallback_title=article_id)
                elif line or number == 1:
                    raise DocumentError(f"{name}:{number}", "has no id before a tab; add one")
            except DocumentError as error:
                yield error


class ScriptedLanguageModel:
    """Says the same to every question, or raises where the script does; remembers the messages that it was given.

    A try after the first says `again`, if that is given.
    """

    def __init__(self, *script: str | Exception, again: str | None = None) -> None:
        self.again = again
        self.name = "scripted"
        self.fingerprint = hashlib.sha256(repr(script).encode()).hexdigest()
        self.script = script
        self.asked: list[list[tuple[str, str]]] = []

    def warm(self) -> None:
        """There is nothing to load."""

    def close(self) -> None:
        """There is nothing to free."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int, timeout: float) -> Iterator[str]:
        self.asked.append([(str(getattr(m.role, "value", m.role)), m.content or "") for m in messages])
        script = self.script if self.again is None or len(self.asked) == 1 else (self.again,)
        for delta in script[:max_tokens]:
            if isinstance(delta, Exception):
                raise delta
            yield delta
        if not "".join(map(str, script)).strip():
            raise GenerationError("the scripted model gave an empty answer", retryable=True)


def claim_words(claim: str) -> set[str]:
    """The words of a claim without its full stop and what joins its clauses."""
    return set(tokens(claim.lower())) - {".", "và"}


class JudgeModel(ScriptedLanguageModel):
    """A language model that finds an answer faithful when all of its words stand in the quotes of the prompt."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int, timeout: float) -> Iterator[str]:
        evidence, _, answer = (messages[-1].content or "").rpartition("\n")
        wanted = claim_words(answer.partition(":")[2])
        yield f'{{"faithful": {str(bool(wanted) and wanted <= set(tokens(evidence.lower()))).lower()}}}'


class SharedWordsCheck:
    """An `AnswerCheck`: a claim is supported by the first quote that holds all of its words, partly by all together."""

    def check(self, claim: str, quotes: Sequence[Quote], *, timeout: float = math.inf) -> Verdict:
        wanted = claim_words(claim)
        held = [set(tokens(quote.text.lower())) for quote in quotes]
        for place, words in enumerate(held):
            if wanted and wanted <= words:
                return Verdict("supported", (place,), "all words stand there")
        if wanted and quotes and wanted <= set().union(*held):
            return Verdict("partly", tuple(range(len(quotes))), "all words stand in several")
        return Verdict("unsupported", (), "a word stands nowhere")


class OverlapReranker:
    """Takes the words that a passage shares with the question for its relevance, its numbers for answers.

    It reads the first `most` passages in time, all when that is None.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = most

    def read(self, question: str, passages: Sequence[TitledText]) -> list[Reading | None]:
        asked = set(tokens(question.lower()))
        read = passages[: self.most]
        return [*(self._reading(asked, *each) for each in read), *[None] * (len(passages) - len(read))]

    def _reading(self, asked: set[str], title: str, text: str) -> Reading:
        shared = asked & set(tokens(f"{title} {text}".lower()))
        ranges = tuple(match.span() for match in re.finditer(r"\w+", text))
        scores = np.array([2.0 if text[start:end].isdigit() else -2.0 for start, end in ranges], np.float32)
        return Reading(len(shared) - len(asked) / 2, ranges, scores, scores)
