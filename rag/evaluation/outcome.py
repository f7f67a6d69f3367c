"""A gold question and what was answered -> its scores, and the stage that is at fault where it went wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from rag.answering.answer import Answer
from rag.answering.evidence import Evidence
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.metrics import contains, exact_match, mrr_at_k, ndcg_at_k, recall_at_k, token_f1
from rag.query.question_kind import UNSEARCHED
from rag.text.language import language_of
from rag.text.quantities import quantities

DEPTH = 50
RECALL_AT = (1, 3, 5, 10)
EVIDENCE_AT = (1, 3)
# What ends each sentence that a language model wrote, and nothing else in an answer.
_MARKERS = re.compile(r"(?:\[\d+\])+")

Fault = Literal[
    "article not found",
    "article not read",
    "wrong sentence",
    "wrong short answer",
    "wrong wording",
    "refused what is held",
    "answered what is not held",
    "follow-up misread",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question got.

    `scores` are by measure, those that apply to it, higher is better but for shares of mistakes; `fault` is the first
    stage that went wrong, None when the reply is right. `ranking` are articles, best first, at most `DEPTH`; `read`
    those whose passages were read for evidence. `signals` are what the confidence was made from. `sentences` counts
    those that a language model wrote, by what became of them: supported, partly or dropped. `seconds` are by stage.
    """

    id: str
    question: str
    standalone_question: str
    answerable: bool
    expected: tuple[str, ...]
    relevant: tuple[str, ...]
    tags: Mapping[str, str]
    answer: str
    short: str | None
    status: str
    confidence: float
    fault: Fault | None
    ranking: tuple[str, ...]
    read: tuple[str, ...]
    quotes: tuple[str, ...]
    signals: Mapping[str, float | str]
    scores: Mapping[str, float]
    sentences: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


def outcome_of(gold: GoldQuestion, evidence: Evidence, answer: Answer, seconds: Mapping[str, float]) -> Outcome:
    """The outcome of a question, from the evidence and the answer of one and the same search."""
    ranking = evidence.ranking[:DEPTH]
    scores: dict[str, float] = {}
    if gold.qrels:
        scores |= _ranking_scores(ranking, gold.qrels) | _citation_scores(answer, gold)
    if gold.answers:
        scores |= _answer_scores(answer, evidence, gold)
    if gold.must_not:
        scores["says what it must not"] = contains(_reply(answer), gold.must_not)
    scores |= _refusal_scores(answer, gold) | (_nearest_scores(answer, gold) if gold.answers else {})
    if answer.status == "answered" and (answer.mode == "generative" or answer.notice):
        scores["fell back to quotes"] = float(answer.notice is not None)
    read = tuple(dict.fromkeys(passage.article_id for passage in evidence.passages))
    fault = _fault(gold, evidence, answer, ranking, read)
    scores |= _grade_scores(gold, answer, fault)
    return Outcome(
        id=gold.id,
        question=gold.question,
        standalone_question=answer.standalone_question,
        answerable=gold.answerable,
        expected=gold.answers,
        relevant=gold.relevant,
        tags=_tags(gold),
        answer=answer.text,
        short=answer.short,
        status=answer.status,
        confidence=round(answer.confidence, 6),
        fault=fault,
        ranking=ranking,
        read=read,
        quotes=tuple(quote.text for quote in evidence.quotes[: max(EVIDENCE_AT)]),
        signals=_signals(evidence),
        scores=scores,
        sentences=_written(answer),
        seconds=seconds,
    )


def _tags(gold: GoldQuestion) -> dict[str, str]:
    """The tags of a question, with its language where they do not tell it."""
    return {"language": language_of(gold.question), **gold.tags}


def _signals(evidence: Evidence) -> dict[str, float | str]:
    if evidence.signals is None:
        return {}
    values = {name: getattr(evidence.signals, name) for name in type(evidence.signals).__slots__}
    return {name: value if isinstance(value, str) else round(float(value), 6) for name, value in values.items()}


def _ranking_scores(ranking: Sequence[str], qrels: Mapping[str, int]) -> dict[str, float]:
    recalls = {f"recall@{k}": recall_at_k(ranking, qrels, k) for k in RECALL_AT}
    return {**recalls, "MRR@10": mrr_at_k(ranking, qrels, 10), "nDCG@10": ndcg_at_k(ranking, qrels, 10)}


def _answer_scores(answer: Answer, evidence: Evidence, gold: GoldQuestion) -> dict[str, float]:
    """The short answer against the references, or where there is none the whole text, and whether the quotes hold one.

    `evidence@k` looks at the best sentences found, whether they are shown or not.
    """
    english = language_of(gold.question) == "en"
    text = _reply(answer) if answer.status == "answered" else ""
    shortest = answer.short or text
    scores = {
        "exact match": exact_match(shortest, gold.answers, english=english),
        "token F1": token_f1(shortest, gold.answers, english=english),
        "answer contains": holds(text, gold),
        "short answer": float(answer.short is not None),
    }
    if answer.short:
        scores["short answer exact match"] = scores["exact match"]
        scores["short answer token F1"] = scores["token F1"]
        scores["short answer right"] = float(agrees(answer.short, gold.answers, english=english))
    for k in EVIDENCE_AT:
        scores[f"evidence@{k} holds answer"] = holds("\n".join(quote.text for quote in evidence.quotes[:k]), gold)
    return scores


def agrees(answer: str, references: Sequence[str], *, english: bool = False) -> bool:
    """Whether an answer is a reference, or one of the two holds the other in one run and their token F1 is .5 or more.

    What differs is words before or behind, never a number: "khoảng 13 km" for "13 km", but not "1" for "1 tỷ".
    """
    said = quantities(answer)
    return any(
        exact_match(answer, [one], english=english)
        or (
            (contains(answer, [one]) or contains(one, [answer]))
            and token_f1(answer, [one], english=english) >= 0.5
            and said.borne_out(quantities(one))
            and quantities(one).borne_out(said)
        )
        for one in references
    )


def holds(text: str, gold: GoldQuestion) -> float:
    """1 if a text holds an accepted answer word for word, or all of them where all are wanted, else 0."""
    if gold.every:
        return min(contains(text, [answer]) for answer in gold.answers)
    return contains(text, gold.answers)


def _citation_scores(answer: Answer, gold: GoldQuestion) -> dict[str, float]:
    """Precision over the citations, recall over the gold articles; nothing for an answer that was refused."""
    if answer.status == "refused":
        return {"citation recall": 0.0}
    relevant = gold.relevant
    right = [citation for citation in answer.citations if citation.quote.article_id in relevant]
    cited = {citation.quote.article_id for citation in right}
    scores = {"citation recall": len(cited) / len(relevant)} if relevant else {}
    if answer.citations:
        scores["citation precision"] = len(right) / len(answer.citations)
        if gold.answers:
            scores["first quote holds answer"] = holds(answer.citations[0].quote.text, gold)
            scores["a quote holds answer"] = holds("\n".join(each.quote.text for each in answer.citations), gold)
    return scores


def _nearest_scores(answer: Answer, gold: GoldQuestion) -> dict[str, float]:
    """Of a refusal of what is held: whether the sentence that it shows as the nearest holds the answer."""
    if answer.status != "refused" or not gold.answerable:
        return {}
    return {"refused, nearest holds answer": holds("\n".join(each.quote.text for each in answer.citations), gold)}


def _refusal_scores(answer: Answer, gold: GoldQuestion) -> dict[str, float]:
    """Whether a question was refused, by whether it is held; of a refusal whether it is right."""
    refused = float(answer.status == "refused")
    scores = {"answerable refused": refused} if gold.answerable else {"refusal recall": refused}
    return scores | ({"refusal precision": float(not gold.answerable)} if refused else {})


def _grade_scores(gold: GoldQuestion, answer: Answer, fault: Fault | None) -> dict[str, float]:
    """Whether the reply is right, partly so (some of the answers that all belong in it), wrong, or refused wrongly.

    Of a wrong answer, whether it says that it may not answer; of a right one likewise.
    """
    refused = answer.status == "refused" and gold.answerable
    text = _reply(answer)
    some = gold.every and any(contains(text, [each]) for each in gold.answers)
    partly = fault is not None and not refused and some and not contains(text, gold.must_not)
    wrong = fault is not None and not refused and not partly
    grade = "right" if fault is None else "wrong" if wrong else None
    doubted = {f"{grade}, doubted": float(answer.doubtful)} if grade and answer.status == "answered" else {}
    return {
        "right": float(fault is None),
        "partly right": float(partly),
        "wrong": float(wrong),
        "refused wrongly": float(refused),
        **doubted,
    }


def _fault(
    gold: GoldQuestion, evidence: Evidence, answer: Answer, ranking: Sequence[str], read: Sequence[str]
) -> Fault | None:
    """The first stage, in the order in which a question passes them, that went wrong."""
    refused = answer.status == "refused"
    if not gold.answerable:
        return None if refused else "answered what is not held"
    text, relevant = _reply(answer), gold.relevant
    if gold.reply in UNSEARCHED:
        return None if answer.kind in UNSEARCHED else "refused what is held" if refused else "wrong wording"
    if gold.reply and answer.kind not in ("collection", "vague"):
        return "refused what is held" if refused else "wrong wording"
    english = language_of(gold.question) == "en"
    wrong_short = bool(
        answer.short
        and gold.answers
        and not gold.every
        and not gold.reply
        and not agrees(answer.short, gold.answers, english=english)
    )
    cites = not relevant or any(citation.quote.article_id in relevant for citation in answer.citations)
    said = not contains(text, gold.must_not) and (not gold.answers or bool(holds(text, gold)))
    if not refused and said and cites and not wrong_short:
        return None
    if relevant and set(relevant).isdisjoint(read):
        if gold.history:
            return "follow-up misread"
        return "article not found" if set(relevant).isdisjoint(ranking) else "article not read"
    if refused:
        return "refused what is held"
    if wrong_short:
        return "wrong short answer"
    found = "\n".join(quote.text for quote in evidence.quotes[: max(EVIDENCE_AT)])
    written = answer.mode == "generative" and bool(gold.answers) and bool(holds(found, gold))
    return "wrong wording" if written else "wrong sentence"


def _written(answer: Answer) -> dict[str, int]:
    """How many sentences a language model wrote, by the mark that the reader sees: the worst of those it cites."""
    counts = Counter({"dropped": answer.unsupported})
    if answer.mode == "generative" and answer.status == "answered":
        support = {citation.marker: citation.support for citation in answer.citations}
        for markers in _MARKERS.findall(answer.text):
            cited = {support[int(number)] for number in re.findall(r"\d+", markers)}
            counts["partly" if "partly" in cited else "supported"] += 1
    return dict(+counts)


def _reply(answer: Answer) -> str:
    text = answer.text
    for citation in answer.citations:
        text = text.replace(f"[{citation.marker}]", "")
    return text
