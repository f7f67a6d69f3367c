"""The public interface, and the one place where the parts are put together."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache, partial
from pathlib import Path

from rag.answering.answer import Answer, Delta, Draft, Fingerprint, Standalone, Status, Stopwatch
from rag.answering.answer_log import AnswerLog, logged_answer
from rag.answering.answerability import weights_of
from rag.answering.caveats import caveats
from rag.answering.evidence import NO_EVIDENCE, Evidence, find_evidence
from rag.answering.forms import formed
from rag.answering.generation import draft_answer
from rag.answering.verification import RuleCheck
from rag.config import Config, Mode, load_config
from rag.documents.article import Article
from rag.index import ingest as ingestion
from rag.index.filter import EVERYTHING, Filter
from rag.index.ingest_report import IngestReport
from rag.index.snapshot import Collection, Snapshot
from rag.index.sources import Sources
from rag.models.cross_encoder import CrossEncoderReranker
from rag.models.embedder import Embedder
from rag.models.llm import LanguageModel
from rag.models.loaded import LoadedModels
from rag.models.reader import SpanReader
from rag.models.text_vectors import TextVectors
from rag.progress import Progress
from rag.prompts import fingerprint as prompt_fingerprint
from rag.query.query import Query, make_query, understand
from rag.query.question_kind import UNSEARCHED
from rag.query.request import Request, TurnLike, count_of
from rag.retrieval.candidates import find_candidates
from rag.retrieval.passage import Passage, passage_of
from rag.retrieval.passages import Passages, RankingModels, rank_passages
from rag.retrieval.sentence_vectors import SentenceVectors

Event = Standalone | Evidence | Delta | Answer


class Assistant:
    """Answers questions about one collection. Its methods may be called from several threads."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._models = LoadedModels(config)
        self._texts = cache(lambda: TextVectors(self.embedder))
        name = config.retrieval.rerank_model
        self._cross_encoder = CrossEncoderReranker(name, config.retrieval.rerank_seconds) if name else None
        self._collection_lock = threading.Lock()
        self._opened: Collection | None = None
        self._log = AnswerLog(config.index)

    @classmethod
    def open(cls, index: Path | str | Config = Path("index/default")) -> Assistant:
        """An assistant over the collection in a folder (with the settings of `hoidap.toml`), or over that of a config.

        The folder may be new: then `ingest` first. Models are loaded when first needed.
        """
        return cls(index if isinstance(index, Config) else load_config(overrides={"index": str(index)}))

    def ingest(
        self,
        paths: Path | str | Iterable[Path | str],
        progress: Progress = lambda *_: None,
        *,
        allow_private: bool = False,
    ) -> IngestReport:
        """Bring the collection to what these files, folders and addresses hold now. See `rag.index.ingest.ingest`."""
        return ingestion.ingest(self.config.index, paths, self.embedder, self.config.chunks, progress, allow_private)

    @property
    def sources(self) -> Sources:
        """The places that the collection remembers, to be brought in as they are now. See `rag.index.sources`."""
        return Sources(self.config.index, lambda: self.embedder, self.config.chunks)

    def remove(self, article_ids: str | Iterable[str]) -> None:
        """Remove an article or several by id: no later `ingest` of their folder brings them back, `restore` does.

        Raises `UsageError`, and removes nothing, when one is not there.
        """
        ingestion.remove(self.config.index, article_ids)

    def restore(
        self, article_ids: str | Iterable[str], progress: Progress = lambda *_: None, *, allow_private: bool = False
    ) -> IngestReport:
        """Bring removed articles back from where they came from. See `rag.index.ingest.restore`."""
        settings = self.config.chunks
        return ingestion.restore(self.config.index, article_ids, self.embedder, settings, progress, allow_private)

    def search(
        self, question: str, top_n: int = 5, only: Filter = EVERYTHING, today: date | str | None = None
    ) -> list[Passage]:
        """The passages nearest to a question, best first, `only` of the articles that the filter lets through.

        `today` is the day against which it is read, see `stream`.
        """
        request, count = Request.of(question, only=only, today=today), count_of(top_n)
        snapshot = self._snapshot()
        return list(self._passages(self._query(request, snapshot), request, snapshot, count).passages)

    def ask(
        self,
        question: str,
        history: Iterable[TurnLike] = (),
        mode: Mode | None = None,
        only: Filter = EVERYTHING,
        today: date | str | None = None,
        refuse_below: float | str | None = None,
        as_typed: bool = False,
    ) -> Answer:
        """The answer to a question, after the earlier turns. See `stream`."""
        return _last(self.stream(question, history, mode, only, today, refuse_below, as_typed))

    def answer(self, request: Request) -> Answer:
        """The answer to a request, such as that of an earlier answer."""
        return _last(self._events(request))

    def stream(
        self,
        question: str,
        history: Iterable[TurnLike] = (),
        mode: Mode | None = None,
        only: Filter = EVERYTHING,
        today: date | str | None = None,
        refuse_below: float | str | None = None,
        as_typed: bool = False,
    ) -> Iterator[Event]:
        """What becomes known while a question is answered, in order, ending with the answer.

        `history` are `Turn`s, (question, answer) pairs or mappings with these two names. `mode` and `refuse_below`, the
        confidence under which there is no answer or its name in `CAUTION`, are those of the settings when they are
        None; `only` the articles that the filter lets through are asked. `today` is the day, or its ISO text, against
        which the question is read (năm ngoái, latest), by default this one. Words that the collection does not know are
        read as the ones that were most likely meant, unless it is to be read `as_typed`. What is none of these raises
        `UsageError`. `Standalone` if the question was a follow-up or corrected; `Evidence`, unless none is needed;
        `Delta`s if a language model writes; the `Answer`, which is kept for `hoidap replay` unless the settings say
        otherwise.
        """
        yield from self._events(
            Request.of(question, history, only, today, mode, refuse_below, as_typed, settings=self.config.answer)
        )

    def evidence(
        self,
        question: str,
        history: Iterable[TurnLike] = (),
        only: Filter = EVERYTHING,
        today: date | str | None = None,
    ) -> Evidence:
        """The evidence for a question, after the earlier turns, without an answer being made from it. See `stream`."""
        request, snapshot = Request.of(question, history, only, today), self._snapshot()
        query = self._query(request, snapshot)
        found = find_evidence(query, self._passages(query, request, snapshot), snapshot.manifest.calibration)
        return self._formed(query, request, found, snapshot)

    def article(self, article_id: str) -> Article | None:
        """The whole article of that id."""
        return self._snapshot().store.article(article_id)

    def neighbours(self, passage: Passage) -> tuple[Passage | None, Passage | None]:
        """The passages before and after this one in its article, unscored; None at the article's ends."""
        before, after = self._snapshot().store.neighbours(passage.chunk_id)
        return passage_of(before) if before else None, passage_of(after) if after else None

    def articles(self) -> list[Article]:
        """All articles without their texts, in order of id."""
        return self._snapshot().store.articles()

    def status(self) -> Status:
        """What is answered from, and with which models."""
        snapshot = self._snapshot()
        articles, chunks = snapshot.store.count()
        llm = None if self.config.llm.model == "none" else self.config.llm.model
        manifest = snapshot.manifest
        return Status(articles, chunks, snapshot.store.languages(), manifest.embedding, llm, manifest.generation)

    def close(self) -> None:
        """Stop the language model, if one runs; it starts again when it is needed."""
        self._models.close()

    @property
    def embedder(self) -> Embedder:
        """The embedding model, loaded when first used."""
        return self._models.embedder

    @property
    def reader(self) -> SpanReader | None:
        """The trained reader, loaded when first used; None when there is to be none, or another embedding model.

        `reader.read(question, [(title, text)])[0].best_answer()` is where in the text the best answer stands.
        """
        return self._models.reader

    @property
    def llm(self) -> LanguageModel | None:
        """The language model, or None when there is to be none; it is loaded when first asked."""
        return self._models.llm

    def _snapshot(self) -> Snapshot:
        with self._collection_lock:
            if self._opened is None:
                self._opened = Collection(self.config.index, self.embedder)
        return self._opened.snapshot()

    def _events(self, request: Request) -> Iterator[Event]:
        watch, snapshot = Stopwatch(), self._snapshot()
        query = self._query(request, snapshot)
        if query.standalone != request.question:
            yield Standalone(query.standalone)
        evidence = NO_EVIDENCE
        if query.kind not in UNSEARCHED:
            passages = self._passages(query, request, snapshot)
            watch.lap("search")
            evidence = self._formed(
                query, request, find_evidence(query, passages, snapshot.manifest.calibration), snapshot
            )
            watch.lap("evidence")
            yield evidence
        settings = self.config.answer
        check = RuleCheck(self._texts())
        written = draft_answer(
            request, query, evidence, snapshot.store, lambda: self.llm, settings, self.config.llm, check
        )
        draft: Draft | None = None
        for piece in written:
            if isinstance(piece, Delta):
                yield piece
            else:
                draft = piece
        assert draft is not None
        watch.lap("answer")
        answer = Answer(
            id=uuid.uuid4().hex,
            request=request,
            standalone_question=query.standalone,
            text=draft.text,
            status=draft.status,
            mode=draft.mode,
            citations=draft.citations,
            passages=evidence.passages,
            confidence=evidence.confidence,
            timings=watch.timings,
            fingerprint=self._fingerprint(snapshot, evidence, draft, query.reply_language),
            notice=draft.notice,
            dangling=draft.dangling,
            unsupported=draft.unsupported,
            short=draft.short,
            kind=query.kind,
            doubtful=draft.doubtful,
            caveats=() if draft.doubtful else caveats(query, draft.quotes, draft.conflicting, request.today),
        )
        if settings.keep:
            self._log.add(logged_answer(answer, self.config))
        yield answer

    def _query(self, request: Request, snapshot: Snapshot) -> Query:
        statistics, spoken = snapshot.statistics, snapshot.store.languages()
        texts, settings = partial(snapshot.texts_naming, only=request.only), self.config.llm
        return understand(
            request, statistics, self.embedder, languages=spoken, texts=texts, llm=lambda: self.llm, settings=settings
        )

    def _passages(self, query: Query, request: Request, snapshot: Snapshot, top_n: int | None = None) -> Passages:
        models = RankingModels(SentenceVectors(snapshot.store, self.embedder), self.reader, self._cross_encoder)
        top_n = self.config.retrieval.top_n if top_n is None else top_n
        limit = models.candidates_for(self.config.retrieval, top_n)
        return rank_passages(query, find_candidates(query, snapshot, request.only, limit), models, top_n)

    def _formed(self, query: Query, request: Request, evidence: Evidence, snapshot: Snapshot) -> Evidence:
        def search(side: str) -> Evidence:
            own = make_query(side, snapshot.statistics, self.embedder, framed=True)
            return find_evidence(own, self._passages(own, request, snapshot), snapshot.manifest.calibration)

        return formed(query, evidence, snapshot.store, self._texts(), search)

    def _fingerprint(self, snapshot: Snapshot, evidence: Evidence, draft: Draft, language: str) -> Fingerprint:
        written = draft.mode == "generative" and draft.status == "answered" and self.llm is not None
        reader = self.reader if evidence.read else None
        return Fingerprint(
            embedding=snapshot.manifest.fingerprint,
            llm=self.llm.fingerprint if written and self.llm else None,
            prompt=prompt_fingerprint("answer", language) if written else None,
            generation=snapshot.manifest.generation,
            reranker=self.config.retrieval.rerank_model,
            calibration=weights_of(evidence.signals.kind, snapshot.manifest.calibration) if evidence.signals else (),
            reader=reader.sha256 if reader else None,
        )


def _last(events: Iterator[Event]) -> Answer:
    """The answer with which a stream of events ends."""
    *_, answer = events
    assert isinstance(answer, Answer)
    return answer
