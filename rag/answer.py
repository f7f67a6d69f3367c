"""A question and its evidence -> an answer: the quotes, a language model's phrasing of them, or a refusal."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.citations import Citation, cite
from rag.config import AnswerSettings, LlmSettings, Mode
from rag.errors import GenerationError, ModelError
from rag.evidence import Evidence, Quote
from rag.llm import LanguageModel
from rag.prompts import neutral, render, without_markers
from rag.retrieval import Passage

LOG = logging.getLogger(__name__)
_MAX_QUOTE_CHARS = 600
# How much lower than the first a quote may score; a smaller margin loses answers, a larger one adds few.
_MARGIN = 1.5
_REFUSALS = {
    "vi": "Không tìm thấy câu trả lời trong bộ bài viết này.",
    "en": "The answer was not found in this collection.",
    "fr": "La réponse ne se trouve pas dans cette collection.",
    "de": "Die Antwort wurde in dieser Sammlung nicht gefunden.",
    "es": "La respuesta no se encontró en esta colección.",
    "zh": "在这些文章中没有找到答案。",
    "ja": "この記事集には答えが見つかりませんでした。",
}
_NOTICES = {
    "vi": "Mô hình ngôn ngữ không trả lời được ({reason}); đây là nguyên văn các câu tìm thấy.",
    "en": "The language model gave no usable answer ({reason}); these are the sentences found.",
}
_UNUSABLE = {"vi": "câu trả lời không có trong trích dẫn", "en": "its answer is not borne out by the quotes"}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an answer depends on: hashes of the models and the prompt, and the generation of the collection."""

    embedding: str
    llm: str | None
    prompt: str | None
    generation: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `text` holds markers `[n]`, each explained by the citation with that marker.

    `confidence` (0 to 1) is the probability that the collection holds the answer. `timings` are seconds by stage.
    `notice` says, in the language of the question, why it is not what was asked for: quotes when the model failed.
    """

    id: str
    question: str
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


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer that is being written."""

    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The written part of an answer."""

    text: str
    status: Literal["answered", "refused"]
    mode: Mode
    citations: tuple[Citation, ...] = ()
    notice: str | None = None


def refuse(language: str, mode: Mode) -> Draft:
    """The answer that the collection does not hold one, in the language of the question."""
    return Draft(_REFUSALS.get(language, _REFUSALS["en"]), "refused", mode)


def extract(evidence: Evidence, settings: AnswerSettings, notice: str | None = None) -> Draft:
    """The best quotes, word for word, each with its marker: the first, and those that come close to it."""
    best = evidence.quotes[0].score
    quotes = [quote for quote in evidence.quotes[: settings.quotes] if quote.score >= best - _MARGIN]
    text = " ".join(f"{without_markers(quote.text)} [{number}]" for number, quote in enumerate(quotes, start=1))
    citations = tuple(Citation(number, quote, "supported") for number, quote in enumerate(quotes, start=1))
    return Draft(text, "answered", "extractive", citations, notice)


def generate(
    question: str, language: str, evidence: Evidence, llm: LanguageModel, settings: AnswerSettings, limits: LlmSettings
) -> Iterator[Delta | Draft]:
    """Pieces of the answer as the model writes it from the quotes, then the draft whose sentences the quotes bear out.

    When the model fails, or nothing that it says is borne out, the draft is the quotes, with a notice.
    """
    quotes = evidence.quotes[: settings.quotes]
    values = {"question": neutral(question), "evidence": _numbered(quotes)}
    written: list[str] = []
    try:
        messages = render("answer", language, values)
        for piece in llm.stream(messages, max_tokens=limits.max_tokens, timeout=limits.timeout):
            written.append(piece)
            yield Delta(piece)
    except (GenerationError, ModelError) as error:
        LOG.warning("the language model failed: %s", error)
        yield extract(evidence, settings, notice(language, str(error)))
        return
    cited = cite("".join(written), quotes)
    if cited.citations:
        yield Draft(cited.text, "answered", "generative", cited.citations)
    else:
        yield extract(evidence, settings, notice(language, _UNUSABLE.get(language, _UNUSABLE["en"])))


def _numbered(quotes: Sequence[Quote]) -> str:
    return "\n".join(
        f"[{number}] ({neutral(quote.title)}{', ' + quote.published if quote.published else ''}) "
        f"{neutral(quote.text[:_MAX_QUOTE_CHARS])}"
        for number, quote in enumerate(quotes, start=1)
    )


def notice(language: str, reason: str) -> str:
    """Why an answer is quotes and not the model's words, in the language of the question."""
    return _NOTICES.get(language, _NOTICES["en"]).format(reason=reason)


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
