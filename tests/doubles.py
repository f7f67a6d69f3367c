"""Deterministic stand-ins, equal in every process, for tests that need no real model."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import BinaryIO, get_args

import numpy as np
from numpy.typing import NDArray

from rag.answering.answer_check import Verdict
from rag.answering.quote import Quote
from rag.documents.article import Article, article_from
from rag.documents.chunking import Chunk
from rag.documents.file_content import read_text
from rag.errors import DocumentError, GenerationError, UsageError
from rag.index.filter import EVERYTHING, Filter
from rag.index.leg import Field, Hits
from rag.index.removed_articles import RemovedArticle
from rag.index.store import ChunkSentences, Manifest, Store, StoredChunk, page_of
from rag.models.llm import Message
from rag.models.reranker import Reading, TitledText
from rag.progress import Progress
from rag.text.analyzer import index_terms
from rag.text.normalize import clean


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
        for number, line in enumerate(read_text(content, name).text.split("\n"), start=1):
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


class MemoryStore:
    """A `WritableStore` in memory; `looked_up` are the filters that it was asked for the chunks of."""

    def __init__(self, manifest: Manifest) -> None:
        self.looked_up: list[Filter] = []
        self._state = _StoreState(manifest)

    def manifest(self) -> Manifest:
        return self._state.manifest

    def count(self) -> tuple[int, int]:
        return len(self._state.articles), len(self._state.chunks)

    def languages(self) -> tuple[str, ...]:
        counts = Counter(article.language for article, _ in self._state.articles.values())
        return tuple(sorted(counts, key=lambda language: (-counts[language], language)))

    def article(self, article_id: str) -> Article | None:
        return self._state.articles[article_id][0] if article_id in self._state.articles else None

    def articles(self, only: Filter = EVERYTHING) -> list[Article]:
        known = (article for _, (article, _) in sorted(self._state.articles.items()))
        return [replace(article, text="", boxes=()) for article in known if _lets_through(only, article)]

    def chunk_ids(self, only: Filter) -> NDArray[np.int64]:
        self.looked_up.append(only)
        if only.articles and not any(map(self.article, only.articles)):
            raise UsageError(f"there is no article {only.articles[0]!r}")
        if only.languages and set(only.languages).isdisjoint(known := self.languages()):
            raise UsageError(f"no article is in the language {only.languages[0]!r}; there are: {', '.join(known)}")
        let_through = {each for each, (article, _) in self._state.articles.items() if _lets_through(only, article)}
        ids = [chunk_id for chunk_id, chunk in self._state.chunks.items() if chunk.article_id in let_through]
        return np.array(ids, dtype=np.int64)

    def chunks(self, ids: Sequence[int]) -> dict[int, StoredChunk]:
        return {chunk_id: self._stored(chunk_id) for chunk_id in ids if chunk_id in self._state.chunks}

    def chunks_of(self, article_ids: Iterable[str]) -> list[StoredChunk]:
        chunks = self._state.chunks.items()
        return [self._stored(each) for name in article_ids for each, chunk in chunks if chunk.article_id == name]

    def all_chunks(self) -> Iterator[StoredChunk]:
        yield from map(self._stored, [*self._state.chunks])

    def neighbours(self, chunk_id: int) -> tuple[StoredChunk | None, StoredChunk | None]:
        chunk = self._state.chunks.get(chunk_id)
        beside = self.chunks_of([chunk.article_id]) if chunk else []
        before = [each for each in beside if each.id < chunk_id]
        after = [each for each in beside if each.id > chunk_id]
        return before[-1] if before else None, after[0] if after else None

    def vectors(self, after: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        known = self._state.vectors
        rows = [(each, known[chunk.key]) for each, chunk in self._state.chunks.items() if chunk.key in known]
        late = [(each, vector) for each, vector in rows if each > after]
        vectors = np.array([vector for _, vector in late], dtype=np.float16)
        return np.array([each for each, _ in late], dtype=np.int64), vectors.reshape(-1, self.manifest().dimension)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        before = deepcopy(self._state)
        try:
            yield
        except BaseException:
            self._state = before
            raise

    def origin(self, article_id: str) -> str | None:
        return self._state.articles[article_id][1] if article_id in self._state.articles else None

    def origins(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for origin, article_id in sorted((origin, each) for each, (_, origin) in self._state.articles.items()):
            found.setdefault(origin, []).append(article_id)
        return found

    def ids_of(self, article_ids: Iterable[str]) -> list[int]:
        return [chunk.id for chunk in self.chunks_of(article_ids)]

    def is_damaged(self, article_id: str) -> bool:
        return False

    def missing_vectors(self, keys: Iterable[str]) -> set[str]:
        return {*keys} - (self._state.vectors.keys() & self._state.sentences.keys())

    def sentences(self, ids: Sequence[int]) -> dict[int, ChunkSentences]:
        keys = {each: self._state.chunks[each].key for each in ids if each in self._state.chunks}
        return {each: self._state.sentences[key] for each, key in keys.items() if key in self._state.sentences}

    def removed_articles(self) -> list[RemovedArticle]:
        return sorted(self._state.removed, key=lambda each: (each.article_id, each.origin))

    def put_manifest(self, manifest: Manifest) -> None:
        self._state.manifest = manifest

    def put_vectors(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self._state.vectors |= dict(zip(keys, vectors.astype(np.float16), strict=True))

    def put_sentences(self, keys: Sequence[str], sentences: Sequence[ChunkSentences]) -> None:
        self._state.sentences |= dict(zip(keys, sentences, strict=True))

    def put_article(self, article: Article, origin: str, chunks: Sequence[Chunk]) -> None:
        self.remove_article(article.id)
        self._state.articles[article.id] = article, origin
        for chunk in chunks:
            self._state.last_id += 1
            self._state.chunks[self._state.last_id] = chunk

    def put_origin(self, article_id: str, origin: str) -> None:
        if article := self.article(article_id):
            self._state.articles[article_id] = article, origin

    def put_removed_article(self, removed: RemovedArticle) -> None:
        self._state.removed = (self._state.removed - {removed}) | {removed}

    def forget_removed_article(self, removed: RemovedArticle) -> None:
        self._state.removed.discard(removed)

    def remove_article(self, article_id: str) -> None:
        self._state.articles.pop(article_id, None)
        kept = {each: chunk for each, chunk in self._state.chunks.items() if chunk.article_id != article_id}
        self._state.chunks = kept

    def remove_unused_vectors(self) -> None:
        used = {chunk.key for chunk in self._state.chunks.values()}
        self._state.vectors = {key: vector for key, vector in self._state.vectors.items() if key in used}
        self._state.sentences = {key: each for key, each in self._state.sentences.items() if key in used}

    def close(self) -> None:
        """Nothing is held open."""

    def _stored(self, chunk_id: int) -> StoredChunk:
        chunk = self._state.chunks[chunk_id]
        article, _ = self._state.articles[chunk.article_id]
        text = article.text[chunk.start : chunk.end]
        metadata = (article.id, article.title, article.source, article.published, article.language)
        return StoredChunk(
            chunk_id, *metadata, chunk.start, chunk.end, text, chunk.head, page_of(article.teaser_of, self)
        )


@dataclass
class _StoreState:
    manifest: Manifest
    articles: dict[str, tuple[Article, str]] = field(default_factory=dict)
    chunks: dict[int, Chunk] = field(default_factory=dict)
    vectors: dict[str, NDArray[np.float16]] = field(default_factory=dict)
    sentences: dict[str, ChunkSentences] = field(default_factory=dict)
    removed: set[RemovedArticle] = field(default_factory=set)
    last_id: int = 0


def _lets_through(only: Filter, article: Article) -> bool:
    day, source = article.published, clean(article.source).casefold()
    return (
        (only.first_day is None or (day is not None and only.first_day <= day))
        and (only.last_day is None or (day is not None and day <= only.last_day))
        and (not only.sources or any(clean(each).casefold() in source for each in only.sources))
        and (not only.languages or article.language in only.languages)
        and (not only.articles or article.id in only.articles)
    )


class MemoryDenseLeg:
    """A dense `Leg` that compares the query with every vector of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def search(self, query: NDArray[np.float32], limit: int, only: Filter = EVERYTHING) -> Hits:
        ids = self._store.chunk_ids(only)
        return _best(ids, self.scores(query, ids), limit)

    def scores(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        known, vectors = self._store.vectors()
        rows = {chunk_id: vector.astype(np.float32) for chunk_id, vector in zip(known.tolist(), vectors, strict=True)}
        return np.array([(rows[chunk_id] * query).sum() for chunk_id in ids.tolist()], dtype=np.float32)


class MemoryLexicalLeg:
    """A lexical `Leg` that counts the terms, of both fields, which a chunk shares with the query."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def search(self, query: str, limit: int, only: Filter = EVERYTHING) -> Hits:
        ids = self._store.chunk_ids(only)
        scores = self.scores(query, ids)
        return _best(ids[scores > 0], scores[scores > 0], limit)

    def scores(self, query: str, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        chunks = self._store.chunks(ids.tolist())
        wanted = index_terms(query)
        held = (index_terms(chunks[chunk_id].indexed) for chunk_id in ids.tolist())
        shared = [sum(len({*mine} & {*theirs}) for mine, theirs in zip(wanted, terms, strict=True)) for terms in held]
        return np.array(shared, dtype=np.float32)


class MemoryTermStatistics:
    """`TermStatistics` that read every chunk of a store."""

    def __init__(self, store: Store) -> None:
        self._terms = [
            dict(zip(get_args(Field), index_terms(chunk.indexed), strict=True)) for chunk in store.all_chunks()
        ]

    @property
    def chunk_count(self) -> int:
        return len(self._terms)

    def document_frequency(self, term: str, field: Field) -> int:
        return sum(term in terms[field] for terms in self._terms)


def _best(ids: NDArray[np.int64], scores: NDArray[np.float32], limit: int) -> Hits:
    order = np.lexsort((ids, -scores))[:limit]
    return Hits(ids[order], scores[order])
