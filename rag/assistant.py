"""The public interface, and the one place where the parts are put together."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from rag.answering.answer import Answer, Delta, Draft, Fingerprint, Stopwatch, extract, generate, notice
from rag.answering.answer_log import AnswerLog, logged_answer
from rag.answering.answerability import weights_of
from rag.answering.caveats import caveats
from rag.answering.evidence import Evidence, find_evidence
from rag.answering.prompt_injection import injections_last
from rag.answering.refusal import refusal
from rag.answering.verification import RuleCheck
from rag.config import Config, Mode, load_config
from rag.documents.article import Article
from rag.errors import ModelError
from rag.index import ingest as ingestion
from rag.index.filter import Filter
from rag.index.ingest import IngestReport
from rag.index.ingest_plan import Progress
from rag.index.snapshot import Collection, Snapshot
from rag.models.embedder import PINNED_MODEL, Embedder, load_embedder, prepare
from rag.models.llm import LanguageModel, load_llm
from rag.models.reader import SpanReader
from rag.models.registry import models_folder
from rag.prompts import fingerprint as prompt_fingerprint
from rag.query.followup import Turn, depends, standalone
from rag.query.query import Query
from rag.query.question_type import question_type
from rag.query.relative_dates import asks_latest, with_absolute_dates
from rag.query.request import TurnLike, count_of, day_of, filter_of, mode_of, question_of, threshold_of, turns_of
from rag.query.rewriting import rewrite
from rag.retrieval.fusion import Passage, passage_of
from rag.retrieval.passage_sentences import SentenceVectors
from rag.retrieval.pipeline import Finder
from rag.text.language import language_of

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
        self._load_reader = cache(lambda: SpanReader(prepare(models_folder(config.models))))
        self._vectors = cache(lambda: SentenceVectors(self.embedder))
        self._finder = Finder(config.retrieval, self._vectors, lambda: self.reader)
        self._collection_lock = threading.Lock()
        self._opened: Collection | None = None
        self._records = AnswerLog(config.index)

    @classmethod
    def open(cls, index: Path | str | Config = Path("index/default")) -> Assistant:
        """An assistant over the collection in a folder (with the settings of `hoidap.toml`), or over that of a config.

        The folder may be new: then `ingest` first. Models are loaded when first needed.
        """
        return cls(index if isinstance(index, Config) else load_config(overrides={"index": str(index)}))

    def ingest(self, paths: Path | str | Iterable[Path | str], progress: Progress = lambda *_: None) -> IngestReport:
        """Bring the collection to what these files and folders, or that one, hold now. See `rag.index.ingest`."""
        return ingestion.ingest(self.config.index, paths, self.embedder, self.config.chunks, progress)

    def remove(self, article_ids: str | Iterable[str]) -> None:
        """Remove an article or several by id: no later `ingest` of their folder brings them back, `restore` does.

        Raises `UsageError`, and removes nothing, when one is not there.
        """
        ingestion.remove(self.config.index, article_ids)

    def restore(self, article_ids: str | Iterable[str], progress: Progress = lambda *_: None) -> IngestReport:
        """Bring removed articles back from the files that they came from. See `rag.index.ingest.restore`."""
        return ingestion.restore(self.config.index, article_ids, self.embedder, self.config.chunks, progress)

    def search(
        self, question: str, top_n: int = 5, only: Filter = EVERYTHING, today: date | str | None = None
    ) -> list[Passage]:
        """The passages nearest to a question, best first, `only` of the articles that the filter lets through.

        `today` is the day against which it is read, see `stream`.
        """
        asked, count, only = question_of(question), count_of(top_n), filter_of(only)
        snapshot = self._snapshot()
        return list(self._finder.passages(snapshot, self._query(asked, day_of(today), snapshot), only, count).passages)

    def ask(
        self,
        question: str,
        history: Iterable[TurnLike] = (),
        mode: Mode | None = None,
        only: Filter = EVERYTHING,
        today: date | str | None = None,
        refuse_below: float | str | None = None,
    ) -> Answer:
        """The answer to a question, after the earlier turns. See `stream`."""
        for event in self.stream(question, history, mode, only, today, refuse_below):
            if isinstance(event, Answer):
                return event
        raise AssertionError("a stream ends with an answer")

    def stream(
        self,
        question: str,
        history: Iterable[TurnLike] = (),
        mode: Mode | None = None,
        only: Filter = EVERYTHING,
        today: date | str | None = None,
        refuse_below: float | str | None = None,
    ) -> Iterator[Event]:
        """What becomes known while a question is answered, in order, ending with the answer.

        `history` are `Turn`s, (question, answer) pairs or mappings with these two names. `mode` and `refuse_below`, the
        confidence under which there is no answer or its name in `CAUTION`, are those of the settings when they are
        None; `only` the articles that the filter lets through are asked. `today` is the day, or its ISO text, against
        which the question is read (năm ngoái, latest), by default this one. What is none of these raises `UsageError`.
        `Standalone` if the question was a follow-up; `Evidence`; `Delta`s if a language model writes; the `Answer`,
        which is kept for `hoidap replay` unless the settings say otherwise.
        """
        watch = Stopwatch()
        asked, turns, only = question_of(question), turns_of(history), filter_of(only)
        mode, day, asked_for = mode_of(mode, self.config.answer.mode), day_of(today), threshold_of(refuse_below)
        alone = self._alone(asked, turns, mode)
        if alone != asked:
            yield Standalone(alone)
        snapshot = self._snapshot()
        latest = asks_latest(alone)
        query = self._query(alone, day, snapshot)
        evidence = self._evidence(snapshot, query, only, watch, latest=latest)
        yield evidence
        draft: Draft | None = None
        language = _language(asked, alone, snapshot)
        threshold = self.config.answer.refuse_below if asked_for is None else asked_for
        for piece in self._draft(query, language, evidence, mode, threshold):
            if isinstance(piece, Delta):
                yield piece
            else:
                draft = piece
        assert draft is not None
        watch.lap("answer")
        answer = Answer(
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
            fingerprint=self._fingerprint(snapshot, evidence, draft, language),
            notice=draft.notice,
            dangling=draft.dangling,
            unsupported=draft.unsupported,
            short=draft.short,
            caveats=caveats(query.text, [each.quote for each in draft.citations], language, day, latest=latest),
        )
        if self.config.answer.keep:
            self._records.add(logged_answer(answer, turns, mode, only, self.config, asked_for, day))
        yield answer

    def evidence(
        self,
        question: str,
        history: Iterable[TurnLike] = (),
        only: Filter = EVERYTHING,
        today: date | str | None = None,
    ) -> Evidence:
        """The evidence for a question, after the earlier turns, without an answer being made from it. See `stream`."""
        alone, only = standalone(question_of(question), turns_of(history)), filter_of(only)
        snapshot = self._snapshot()
        query = self._query(alone, day_of(today), snapshot)
        return self._evidence(snapshot, query, only, Stopwatch(), latest=asks_latest(alone))

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
        return Status(articles, chunks, snapshot.store.languages(), snapshot.manifest.embedding, llm)

    def close(self) -> None:
        """Stop the language model, if one runs; it starts again when it is needed."""
        if self._load_llm.cache_info().currsize and (llm := self.llm):
            llm.close()

    @property
    def embedder(self) -> Embedder:
        """The embedding model, loaded when first used."""
        with self._loading:
            return self._load_embedder()

    @property
    def reader(self) -> SpanReader | None:
        """The trained reader, loaded when first used; None when there is to be none, or another embedding model.

        `reader.read(question, [(title, text)])[0].best_answer()` is where in the text the best answer stands.
        """
        if not self.config.answer.reader or self.config.embedding.model != PINNED_MODEL:
            return None
        with self._loading:
            return self._load_reader()

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

    def _query(self, alone: str, day: date, snapshot: Snapshot) -> Query:
        """The question that stands alone, as it is searched for on a day."""
        return Query(with_absolute_dates(alone, day), snapshot.statistics, self.embedder)

    def _evidence(self, snapshot: Snapshot, query: Query, only: Filter, watch: Stopwatch, *, latest: bool) -> Evidence:
        found = self._finder.passages(snapshot, query, only)
        watch.lap("search")
        calibration = snapshot.manifest.calibration
        evidence = find_evidence(
            query, found.passages, self._vectors(), calibration, latest=latest, readings=found.readings
        )
        evidence = replace(injections_last(evidence, query.text), ranking=found.ranking)
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

    def _draft(
        self, query: Query, language: str, evidence: Evidence, mode: Mode, threshold: float
    ) -> Iterator[Delta | Draft]:
        if not evidence.quotes or evidence.confidence < threshold:
            yield Draft(refusal(query, language, evidence.passages), "refused", mode)
            return
        # What a sentence says of yes or no neither the reader nor a small model tells well: the quotes speak.
        if mode == "extractive" or question_type(query.text).polar:
            yield extract(query.text, evidence, self.config.answer)
            return
        try:
            llm = self.llm
        except ModelError as error:
            yield extract(query.text, evidence, self.config.answer, notice(language, str(error)))
            return
        if llm is None:
            yield extract(query.text, evidence, self.config.answer)
        else:
            settings, check = self.config, RuleCheck(self._vectors())
            yield from generate(query.text, language, evidence, llm, settings.answer, settings.llm, check)

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


def _language(asked: str, alone: str, snapshot: Snapshot) -> str:
    """The language to answer in: the question's, else the whole follow-up's, else that of most articles."""
    known = (language for question in (asked, alone) if (language := language_of(question)) != "und")
    return next(known, next(iter(snapshot.store.languages()), "vi"))
