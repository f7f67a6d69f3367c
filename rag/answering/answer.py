"""The answer, the pieces in which it becomes known, and what it depends on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rag.answering.citations import Citation
from rag.answering.quote import Quote
from rag.config import Mode
from rag.query.conversation import Turn
from rag.query.question_kind import QuestionKind
from rag.query.request import Request
from rag.retrieval.passage import Passage


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an answer depends on: hashes of the models and the prompt, and the generation of the collection.

    `reranker` is the name of the cross-encoder, if one was used; `calibration` the weights that made the confidence;
    `reader` the SHA-256 of the trained reader, None without one.
    """

    embedding: str
    llm: str | None
    prompt: str | None
    generation: int
    reranker: str | None = None
    calibration: tuple[float, ...] = ()
    reader: str | None = None  # not in what was kept before there was one


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `text` holds markers `[n]`, each explained by the citation with that marker.

    `request` is what was asked, whole; `standalone_question` the question as it was understood after the turns before
    it. `confidence` (0 to 1) is the probability that the collection holds the answer. `timings` are seconds by stage.
    `notice` says, in the language of the question, why it is not what was asked for: quotes when the model failed.
    `dangling` counts the markers of the model that cited nothing, `unsupported` its sentences that no quote bears out.
    `short` is the short answer that quotes are led by; `kind` what kind of reply the question wanted; `caveats` say
    that cited articles differ, or how old they are. `doubtful` says that its first quote more likely does not
    answer; then the text says that the quotes may not.
    """

    id: str
    request: Request
    standalone_question: str
    text: str
    status: Literal["answered", "refused"]
    mode: Mode
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    confidence: float
    timings: Mapping[str, float]
    fingerprint: Fingerprint
    notice: str | None = None
    dangling: int = 0
    unsupported: int = 0
    short: str | None = None
    caveats: tuple[str, ...] = ()
    kind: QuestionKind = "fact"
    doubtful: bool = False  # not in what was kept before it was told

    @property
    def question(self) -> str:
        """The question as it was asked."""
        return self.request.question

    @property
    def turn(self) -> Turn:
        """What a later question builds on: no words of a refusal or of what may not answer."""
        told = self.status == "answered" and not self.doubtful
        return Turn(self.question, self.text if told else "", self.standalone_question)


@dataclass(frozen=True, slots=True)
class Status:
    """What the assistant answers from, and with which models; `generation` grows with each change of the collection."""

    articles: int
    chunks: int
    languages: tuple[str, ...]
    embedding: str
    llm: str | None
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Standalone:
    """A follow-up or a corrected question, as the question that is answered in its place."""

    question: str


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer that is being written."""

    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The written part of an answer; `conflicting` are the quotes it cites that differ, the latest article first.

    `doubtful` is that of `Answer`.
    """

    text: str
    status: Literal["answered", "refused"]
    mode: Mode
    citations: tuple[Citation, ...] = ()
    notice: str | None = None
    dangling: int = 0
    unsupported: int = 0
    short: str | None = None
    conflicting: tuple[Quote, ...] = ()
    doubtful: bool = False

    @property
    def quotes(self) -> list[Quote]:
        """The quotes that it cites, in the order of their markers."""
        return [citation.quote for citation in self.citations]


class Stopwatch:
    """Seconds by stage, in the order of the stages."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Say that a stage has just ended."""
        now = time.perf_counter()
        self.timings[stage] = now - self._last
        self._last = now
