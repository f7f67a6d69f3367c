"""The public interface, and the one place where the parts are put together."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag import ingest as ingestion
from rag.answer import Answer, Delta, Draft, Fingerprint, Stopwatch, extract, generate, notice, refuse
from rag.collection import Collection, Snapshot
from rag.config import Config, Mode, load_config
from rag.conversation import Turn, depends, standalone
from rag.documents import Article
from rag.embeddings import Embedder, load_embedder
from rag.errors import ModelError, QuestionError
from rag.evidence import Evidence, find_evidence
from rag.filters import Filter
from rag.ingest import IngestReport, Progress
from rag.llm import LanguageModel, load_llm
from rag.models import models_folder
from rag.prompts import fingerprint as prompt_fingerprint
from rag.question import Query
from rag.reranking import READ, CrossEncoderReranker
from rag.retrieval import Passage, retrieve
from rag.rewriting import rewrite
from rag.sentences import SentenceVectors
from rag.store import StoredChunk
from rag.text import clean, language_of

MAX_QUESTION_CHARS = 2000
EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Standalone:
    """A follow-up, as the question that stands alone which is answered in its place."""

    question: str


@dataclass(frozen=True, slots=True)
class Status:
    """What the assistant answers from, and with which models."""

    articles: int
    chunks: int
    languages: tuple[str, ...]
    embedding: str
    llm: str | None


Event = Standalone | Evidence | Delta | Answer


class Assistant:
    """Answers questions about one collection. Its methods may be called from several threads."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._loading = threading.Lock()
        self._load_embedder = cache(lambda: load_embedder(config.embedding, models_folder(config.models)))
        self._load_llm = cache(lambda: load_llm(config.llm, config.models))
        rerank_model, seconds = config.retrieval.rerank_model, config.retrieval.rerank_seconds
        self._reranker = CrossEncoderReranker(rerank_model, seconds) if rerank_model else None
        self._load_vectors = cache(lambda: SentenceVectors(self.embedder))
        self._collection_lock = threading.Lock()
        self._opened: Collection | None = None

    @classmethod
    def open(cls, index: Path | str | Config = Path("index/default")) -> Assistant:
        """An assistant over the collection in a folder (with the settings of `hoidap.toml`), or over that of a config.

        The folder may be new: then `ingest` first. Models are loaded when first needed.
        """
        return cls(index if isinstance(index, Config) else load_config(overrides={"index": str(index)}))

    def ingest(self, paths: Sequence[Path | str], progress: Progress = lambda *_: None) -> IngestReport:
        """Bring the collection to what these files and folders hold now. See `rag.ingest.ingest`."""
        files = [Path(path) for path in paths]
        return ingestion.ingest(self.config.index, files, self.embedder, self.config.chunks, progress)

    def remove(self, article_ids: Sequence[str]) -> None:
        """Remove articles by id. Raises `UsageError`, and removes nothing, when one is not there."""
        ingestion.remove(self.config.index, article_ids)

    def search(self, question: str, top_n: int = 5, only: Filter = EVERYTHING) -> list[Passage]:
        """The passages nearest to a question, best first, `only` of the articles that the filter lets through."""
        snapshot = self._snapshot()
        query = Query(_checked(question), snapshot.lexical, self.embedder)
        return self._passages(snapshot, query, top_n, only)

    def ask(
        self, question: str, history: Sequence[Turn] = (), mode: Mode | None = None, only: Filter = EVERYTHING
    ) -> Answer:
        """The answer to a question, after the earlier turns. See `stream`."""
        for event in self.stream(question, history, mode, only):
            if isinstance(event, Answer):
                return event
        raise AssertionError("a stream ends with an answer")

    def stream(
        self, question: str, history: Sequence[Turn] = (), mode: Mode | None = None, only: Filter = EVERYTHING
    ) -> Iterator[Event]:
        """What becomes known while a question is answered, in order, ending with the answer.

        `mode` is that of the settings when it is None; `only` the articles that the filter lets through are asked.
        `Standalone` if the question was a follow-up; `Evidence`; `Delta`s if a language model writes; the `Answer`.
        """
        watch = Stopwatch()
        asked = _checked(question)
        alone = self._alone(asked, history, mode or self.config.answer.mode)
        if alone != asked:
            yield Standalone(alone)
        snapshot = self._snapshot()
        query = Query(alone, snapshot.lexical, self.embedder)
        evidence = self._evidence(snapshot, query, only, watch)
        yield evidence
        draft: Draft | None = None
        language = _language(asked, alone, snapshot)
        for piece in self._draft(query.text, language, evidence, mode or self.config.answer.mode):
            if isinstance(piece, Delta):
                yield piece
            else:
                draft = piece
        assert draft is not None
        watch.lap("answer")
        yield Answer(
            id=uuid.uuid4().hex,
            question=asked,
            standalone_question=alone,
            text=draft.text,
            status=draft.status,
            mode=draft.mode,
            citations=draft.citations,
            passages=evidence.passages,
            confidence=evidence.confidence,
            timings=watch.timings,
            fingerprint=self._fingerprint(snapshot, draft, language),
            notice=draft.notice,
        )

    def article(self, article_id: str) -> Article | None:
        """The whole article of that id."""
        return self._snapshot().store.article(article_id)

    def neighbours(self, passage: Passage) -> tuple[Passage | None, Passage | None]:
        """The passages before and after this one in its article, unscored; None at the article's ends."""
        before, after = self._snapshot().store.neighbours(passage.chunk_id)
        return _unscored(before), _unscored(after)

    def articles(self) -> list[Article]:
        """All articles without their texts, in order of id."""
        return self._snapshot().store.articles()

    def status(self) -> Status:
        """What is answered from, and with which models."""
        snapshot = self._snapshot()
        articles, chunks = snapshot.store.count()
        llm = None if self.config.llm.model == "none" else self.config.llm.model
        return Status(articles, chunks, snapshot.store.languages(), snapshot.manifest.embedding, llm)

    def close(self) -> None:
        """Stop the language model, if one runs."""
        if self._load_llm.cache_info().currsize and (llm := self.llm):
            llm.close()

    @property
    def embedder(self) -> Embedder:
        """The embedding model, loaded when first used."""
        with self._loading:
            return self._load_embedder()

    @property
    def llm(self) -> LanguageModel | None:
        """The language model, or None when there is to be none; it is loaded when first asked."""
        with self._loading:
            return self._load_llm()

    def _snapshot(self) -> Snapshot:
        with self._collection_lock:
            if self._opened is None:
                self._opened = Collection(self.config.index, self.embedder)
        return self._opened.snapshot()

    def _passages(self, snapshot: Snapshot, query: Query, top_n: int, only: Filter) -> list[Passage]:
        # A cross-encoder chooses among more than are asked for.
        wanted = max(top_n, READ) if self._reranker else top_n
        candidates = max(self.config.retrieval.candidates, wanted)
        among = snapshot.store.chunk_ids(only) if only else None
        vectors = self._load_vectors()
        passages = retrieve(snapshot, query, vectors, candidates=candidates, top_n=wanted, among=among)
        return self._reranker.rerank(query.text, passages)[:top_n] if self._reranker else passages

    def _evidence(self, snapshot: Snapshot, query: Query, only: Filter, watch: Stopwatch) -> Evidence:
        passages = self._passages(snapshot, query, self.config.retrieval.top_n, only)
        watch.lap("search")
        evidence = find_evidence(query, passages, self._load_vectors())
        watch.lap("evidence")
        return evidence

    def _alone(self, asked: str, history: Sequence[Turn], mode: Mode) -> str:
        """The question standing alone: by rules, and where they find nothing to add, by the language model."""
        alone = standalone(asked, history)
        if alone != asked or not history or mode == "extractive" or not depends(asked):
            return alone
        try:
            llm = self.llm
        except ModelError:
            return alone
        return (rewrite(asked, history, llm, self.config.llm.timeout) if llm else None) or alone

    def _draft(self, question: str, language: str, evidence: Evidence, mode: Mode) -> Iterator[Delta | Draft]:
        if not evidence.quotes or evidence.confidence < self.config.answer.refuse_below:
            yield refuse(language, mode)
            return
        if mode == "extractive":
            yield extract(evidence, self.config.answer)
            return
        try:
            llm = self.llm
        except ModelError as error:
            yield extract(evidence, self.config.answer, notice(language, str(error)))
            return
        if llm is None:
            yield extract(evidence, self.config.answer)
        else:
            yield from generate(question, language, evidence, llm, self.config.answer, self.config.llm)

    def _fingerprint(self, snapshot: Snapshot, draft: Draft, language: str) -> Fingerprint:
        written = draft.mode == "generative" and draft.status == "answered" and self.llm is not None
        return Fingerprint(
            embedding=snapshot.manifest.fingerprint,
            llm=self.llm.fingerprint if written and self.llm else None,
            prompt=prompt_fingerprint("answer", language) if written else None,
            generation=snapshot.manifest.generation,
        )


def _unscored(chunk: StoredChunk | None) -> Passage | None:
    if chunk is None:
        return None
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
        score=0.0,
        cosine=0.0,
    )


def _language(asked: str, alone: str, snapshot: Snapshot) -> str:
    """The language to answer in: the question's, else the whole follow-up's, else that of most articles."""
    known = (language for question in (asked, alone) if (language := language_of(question)) != "und")
    return next(known, next(iter(snapshot.store.languages()), "vi"))


def _checked(question: str) -> str:
    asked = " ".join(clean(question).split())
    if not any(map(str.isalnum, asked)):
        raise QuestionError("the question is empty; ask something in words")
    if len(asked) > MAX_QUESTION_CHARS:
        raise QuestionError(f"the question has {len(asked):,} characters; at most {MAX_QUESTION_CHARS:,} are read")
    return asked
