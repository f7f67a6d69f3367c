"""A gold set -> a report: how good the rankings, the answers, the citations and the refusals are."""

from __future__ import annotations

import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.answer import Answer
from rag.assistant import Assistant
from rag.config import Mode
from rag.conversation import Turn
from rag.errors import GoldError
from rag.evidence import Evidence
from rag.metrics import (
    contains,
    exact_match,
    mrr_at_k,
    ndcg_at_k,
    percentile,
    precision_recall_f1,
    recall_at_k,
    token_f1,
)
from rag.text import clean, language_of

DEPTH = 50
RECALL_AT = (1, 3, 5, 10)
EVIDENCE_AT = (1, 3)
_SEED = 7
# What ends each sentence that a language model wrote, and nothing else in an answer.
_MARKERS = re.compile(r"(?:\[\d+\])+")


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with its relevant articles (id -> grade) and accepted answers; none of both means: to be refused."""

    id: str
    question: str
    history: tuple[Turn, ...]
    qrels: Mapping[str, int]
    answers: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        """Whether the collection holds an answer."""
        return bool(self.answers or self.qrels)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got: its scores by measure, and what they were computed from.

    `sentences` counts those that a language model wrote, by what became of them: supported, partly or dropped.
    """

    id: str
    standalone_question: str
    answer: str
    status: str
    confidence: float
    ranking: tuple[str, ...]
    seconds: float
    scores: Mapping[str, float]
    sentences: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """Means over the questions that a measure applies to, and each question's outcome."""

    questions: int
    means: Mapping[str, float]
    outcomes: tuple[Outcome, ...]


def load_gold(path: Path) -> list[GoldQuestion]:
    """Read a file of gold questions, one JSON object a line. Raises `GoldError` naming the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read as UTF-8 text ({error}); give a file of gold questions") from error
    gold: dict[str, GoldQuestion] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            question = _gold(f"{path}:{number}", line)
            if gold.setdefault(question.id, question) is not question:
                raise GoldError(f"{path}:{number}: the id {question.id!r} stands further up already; give it another")
    if not gold:
        raise GoldError(f"{path}: holds no questions")
    return list(gold.values())


def draw(gold: Sequence[GoldQuestion], limit: int | None) -> list[GoldQuestion]:
    """At most so many of the questions, the same ones each time, in their order: neighbours ask about one article."""
    if limit is None or limit >= len(gold):
        return list(gold)
    return [gold[place] for place in sorted(random.Random(_SEED).sample(range(len(gold)), limit))]


def evaluate(
    assistant: Assistant,
    gold: Sequence[GoldQuestion],
    mode: Mode | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Report:
    """Ask every gold question and measure. `progress` is told how many are done, and of how many."""
    outcomes: list[Outcome] = []
    for question in gold:
        outcomes.append(_outcome(assistant, question, mode))
        progress(len(outcomes), len(gold))
    return Report(len(gold), _means(gold, outcomes), tuple(outcomes))


def _gold(place: str, line: str) -> GoldQuestion:
    try:
        fields: Any = json.loads(line)
        return GoldQuestion(
            id=_text(fields["id"]),
            question=_text(fields["question"]),
            history=tuple(
                Turn(clean(turn["question"]), clean(turn["answer"])) for turn in _list(fields.get("history", []))
            ),
            qrels={str(article): int(grade) for article, grade in fields.get("articles", {}).items()},
            answers=tuple(_text(answer) for answer in _list(fields.get("answers", []))),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GoldError(f"{place}: not a gold question ({type(error).__name__}: {error})") from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or not clean(value).strip():
        raise ValueError(f"{value!r} is not a text")
    return clean(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value


def _outcome(assistant: Assistant, gold: GoldQuestion, mode: Mode | None) -> Outcome:
    begin = time.perf_counter()
    evidence, answer = _asked(assistant, gold, mode)
    seconds = time.perf_counter() - begin
    found = assistant.search(answer.standalone_question, top_n=DEPTH) if gold.qrels else []
    ranking = tuple(dict.fromkeys(passage.article_id for passage in found))
    scores: dict[str, float] = {}
    if gold.qrels:
        scores |= _ranking_scores(ranking, gold.qrels)
        scores |= _citation_scores(answer, gold)
    if gold.answers:
        scores |= _answer_scores(answer, evidence, gold)
    if answer.status == "answered" and (answer.mode == "generative" or answer.notice):
        scores["fell back to quotes"] = float(answer.notice is not None)
    return Outcome(
        gold.id,
        answer.standalone_question,
        answer.text,
        answer.status,
        answer.confidence,
        ranking,
        seconds,
        scores,
        _written(answer),
    )


def _asked(assistant: Assistant, gold: GoldQuestion, mode: Mode | None) -> tuple[Evidence, Answer]:
    evidence = Evidence((), (), 0.0)
    for event in assistant.stream(gold.question, gold.history, mode):
        if isinstance(event, Evidence):
            evidence = event
        elif isinstance(event, Answer):
            return evidence, event
    raise AssertionError("a stream ends with an answer")


def _written(answer: Answer) -> dict[str, int]:
    """How many sentences a language model wrote, by the mark that the reader sees: the worst of those it cites."""
    counts = Counter({"dropped": answer.unsupported})
    if answer.mode == "generative" and answer.status == "answered":
        support = {citation.marker: citation.support for citation in answer.citations}
        for markers in _MARKERS.findall(answer.text):
            cited = {support[int(number)] for number in re.findall(r"\d+", markers)}
            counts["partly" if "partly" in cited else "supported"] += 1
    return dict(+counts)


def _ranking_scores(ranking: Sequence[str], qrels: Mapping[str, int]) -> dict[str, float]:
    recalls = {f"recall@{k}": recall_at_k(ranking, qrels, k) for k in RECALL_AT}
    return {**recalls, "MRR@10": mrr_at_k(ranking, qrels, 10), "nDCG@10": ndcg_at_k(ranking, qrels, 10)}


def _answer_scores(answer: Answer, evidence: Evidence, gold: GoldQuestion) -> dict[str, float]:
    """The short answer against the references, or where there is none the whole text, and whether the quotes hold one.

    `evidence@k` looks at the best sentences found, whether they are shown or not.
    """
    english = language_of(gold.question) == "en"
    text = _without_markers(answer) if answer.status == "answered" else ""
    shortest = answer.short or text
    scores = {
        "exact match": exact_match(shortest, gold.answers, english=english),
        "token F1": token_f1(shortest, gold.answers, english=english),
        "answer contains": contains(text, gold.answers),
        "short answer": float(answer.short is not None),
    }
    if answer.short:
        scores["short answer exact match"] = scores["exact match"]
        scores["short answer token F1"] = scores["token F1"]
    for k in EVIDENCE_AT:
        held = [contains(quote.text, gold.answers) for quote in evidence.quotes[:k]]
        scores[f"evidence@{k} holds answer"] = max(held, default=0.0)
    return scores


def _citation_scores(answer: Answer, gold: GoldQuestion) -> dict[str, float]:
    """Precision over the citations, recall over the gold articles; nothing for an answer that was refused."""
    if answer.status == "refused":
        return {"citation recall": 0.0}
    right = [citation for citation in answer.citations if citation.quote.article_id in gold.qrels]
    cited = {citation.quote.article_id for citation in right}
    scores = {"citation recall": len(cited) / len(gold.qrels)}
    if answer.citations:
        scores["citation precision"] = len(right) / len(answer.citations)
        if gold.answers:
            holding = [contains(citation.quote.text, gold.answers) for citation in answer.citations]
            scores["first quote holds answer"] = holding[0]
            scores["a quote holds answer"] = max(holding)
    return scores


def _without_markers(answer: Answer) -> str:
    text = answer.text
    for citation in answer.citations:
        text = text.replace(f"[{citation.marker}]", "")
    return text


def _means(gold: Sequence[GoldQuestion], outcomes: Sequence[Outcome]) -> dict[str, float]:
    names = dict.fromkeys(name for outcome in outcomes for name in outcome.scores)
    means = {name: statistics.fmean(o.scores[name] for o in outcomes if name in o.scores) for name in names}
    written = sum((Counter(outcome.sentences) for outcome in outcomes), Counter[str]())
    if written:
        means |= {f"sentences {kind}": written[kind] / written.total() for kind in ("supported", "partly", "dropped")}
    refused = [outcome.id for outcome in outcomes if outcome.status == "refused"]
    unanswerable = [question.id for question in gold if not question.answerable]
    if unanswerable:
        precision, recall, f1 = precision_recall_f1(refused, unanswerable)
        means |= {"refusal precision": precision, "refusal recall": recall, "refusal F1": f1}
    answerable = [question.id for question in gold if question.answerable]
    if answerable:
        means["answerable refused"] = len(set(refused) & set(answerable)) / len(answerable)
    seconds = [outcome.seconds for outcome in outcomes]
    return means | {"seconds p50": percentile(seconds, 0.5), "seconds p95": percentile(seconds, 0.95)}


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values, fit for a file."""
    return {
        "questions": report.questions,
        "means": dict(report.means),
        "outcomes": [{name: getattr(outcome, name) for name in Outcome.__slots__} for outcome in report.outcomes],
    }


def table(report: Report) -> Iterable[str]:
    """Lines of the means, one measure a line."""
    width = max(map(len, report.means), default=0)
    return [f"{name:<{width}}  {value:.3f}" for name, value in report.means.items()]
