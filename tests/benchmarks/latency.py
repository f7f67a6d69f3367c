"""Latency: seconds from a question to its evidence, to the first word and to the end, beside whole passages.

python tests/benchmarks/latency.py GOLD.jsonl --index DIR [--model NAME ...] [--limit N] [--json FILE]

Each model answers every question twice in a row: from the evidence sentences, as the assistant does it, with the check
of each sentence and the second try where nothing was borne out; and once with the whole text of the five best passages
under the same prompt, without a check. Both begin with the search (the second finds
the sentence vectors of the first in memory) and go through the same server, which keeps the head of the prompt that
both share; the first question is asked once before, unmeasured. The refusal is switched off.

Since both ways take turns, the factor between them holds whatever else the machine does; the seconds do not, so the
load of the machine is printed beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.answering.answer import Answer, Delta
from rag.answering.evidence import Evidence
from rag.assistant import Assistant
from rag.config import Config, load_config
from rag.errors import GenerationError
from rag.evaluation.gold import GoldQuestion, draw, load_gold
from rag.evaluation.metrics import percentile
from rag.models.llm import LanguageModel
from rag.prompts import neutral, render
from rag.retrieval.passage import Passage
from rag.text.language import language_of

PASSAGES = 5
STAGES = {"evidence": "evidence", "first": "first word", "end": "end"}


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from the question to the end of each stage; the later two are None when the model wrote nothing."""

    evidence: float
    first: float | None
    end: float | None


def by_evidence(assistant: Assistant, question: str) -> Latency:
    """The assistant's own way."""
    begin = time.perf_counter()
    evidence = first = end = None
    for event in assistant.stream(question, mode="generative"):
        now = time.perf_counter() - begin
        if isinstance(event, Evidence):
            evidence = now
        elif isinstance(event, Delta):
            first = first or now
        elif isinstance(event, Answer):
            end = now
    assert evidence is not None
    return Latency(evidence, first, end if first else None)


def by_passages(assistant: Assistant, llm: LanguageModel, question: str) -> Latency:
    """The same prompt with whole passages in the place of the sentences."""
    limits = assistant.config.llm
    begin = time.perf_counter()
    passages = assistant.search(question, PASSAGES)
    found = time.perf_counter() - begin
    values = {"question": neutral(question), "evidence": numbered(passages)}
    first = None
    try:
        messages = render("answer", language_of(question), values)
        for _ in llm.stream(messages, max_tokens=limits.max_tokens, timeout=limits.timeout):
            first = first or time.perf_counter() - begin
    except GenerationError as error:
        print(f"{question}: {error}", file=sys.stderr)
        return Latency(found, None, None)
    return Latency(found, first, time.perf_counter() - begin)


def numbered(passages: Sequence[Passage]) -> str:
    """Whole passages, headed as the sentences of evidence are."""
    return "\n".join(
        f"[{number}] ({neutral(passage.title)}{', ' + passage.published if passage.published else ''}) "
        f"{neutral(passage.text)}"
        for number, passage in enumerate(passages, start=1)
    )


def run(config: Config, questions: Sequence[GoldQuestion]) -> dict[str, list[Latency]]:
    """The times of both ways over the questions with the model of the settings."""
    assistant = Assistant(config)
    try:
        llm = assistant.llm
        assert llm is not None
        llm.warm()
        by_evidence(assistant, questions[0].question)
        ways: dict[str, list[Latency]] = {"evidence": [], "whole passages": []}
        for number, each in enumerate(questions, start=1):
            ways["evidence"].append(by_evidence(assistant, each.question))
            ways["whole passages"].append(by_passages(assistant, llm, each.question))
            print(f"{config.llm.model}: {number} of {len(questions)}", file=sys.stderr)
        return ways
    finally:
        assistant.close()


def summary(ways: Mapping[str, Sequence[Latency]]) -> Iterator[tuple[str, dict[str, float]]]:
    """For each way and stage the quantiles, and how many questions never came to its end."""
    for way, times in ways.items():
        for stage, name in STAGES.items():
            values = [value for each in times if (value := getattr(each, stage)) is not None]
            row = {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "failed": len(times) - len(values)}
            yield f"from {way}: {name if way == 'evidence' or stage != 'evidence' else 'passages'}", row


def factors(ways: Mapping[str, Sequence[Latency]]) -> dict[str, float]:
    """The median over the questions of how many times longer whole passages take, to the first word and to the end."""
    pairs = list(zip(ways["evidence"], ways["whole passages"], strict=True))
    ratios = {
        "first": [whole.first / own.first for own, whole in pairs if own.first and whole.first],
        "end": [whole.end / own.end for own, whole in pairs if own.end and whole.end],
    }
    return {stage: statistics.median(values) for stage, values in ratios.items() if values}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--model", nargs="+", default=[Config().llm.model], metavar="NAME")
    parser.add_argument("--limit", type=int, default=50, help="questions drawn [50]")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    answerable = [each for each in load_gold(arguments.gold) if each.answerable and not each.history]
    questions = draw(answerable, arguments.limit)
    report = {}
    for model in arguments.model:
        before = os.getloadavg()[0]
        settings = {"answer": {"refuse_below": 0, "keep": False}, "llm": {"model": model}}
        ways = run(load_config(overrides={"index": arguments.index, **settings}), questions)
        load = (before, os.getloadavg()[0])
        print(f"\n{model}, {len(questions)} questions, load {load[0]:.1f} before and {load[1]:.1f} after")
        print(f"{'seconds':32}{'p50':>8}{'p95':>8}{'failed':>8}")
        rows = dict(summary(ways))
        for name, row in rows.items():
            print(f"{name:32}{row['p50']:8.2f}{row['p95']:8.2f}{row['failed']:8.0f}")
        for stage, factor in factors(ways).items():
            print(f"whole passages take {factor:.1f} times as long to the {STAGES[stage]}")
        each = {way: [asdict(time) for time in times] for way, times in ways.items()}
        report[model] = {"load": load, "summary": rows, "factors": factors(ways), "times": each}
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
