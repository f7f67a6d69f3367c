"""How often is a short answer right, by how sure it is: the curve, and the weights of its probability.

python tests/benchmarks/short_answers.py NAME=GOLD.jsonl:INDEX ... [--limit N] [--kept FILE] [--write]

Every answerable question is asked without refusal. The short answer in its first quote is judged, shown or not: right
when it is word for word an accepted answer, or when one of the two holds the other in one run, their token F1 is at
least one half and their numbers are the same. A question with no short answer counts as one not shown.

The weights are fitted on the questions over half of the articles, told by a hash of their ids; the curve is that of the
other half. `--write` puts them into rag/weights/short_answers.json, with the hashes of the sets. `--kept FILE` keeps
what was asked, and reads it in place of asking when it is there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.answering.evidence import Evidence
from rag.answering.short_answer_weights import ShortAnswerWeights, short_answer_weights
from rag.assistant import Assistant
from rag.config import load_config
from rag.evaluation.gold import TODAY, GoldQuestion, draw, load_gold
from rag.evaluation.logistic import logistic_weights
from rag.evaluation.metrics import exact_match, token_f1
from rag.evaluation.outcome import agrees
from rag.models.weights_file import TrainingSet, WeightsFile, write_weights
from rag.text.language import language_of

SHOWN_FROM = short_answer_weights().shown_from
STEPS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, SHOWN_FROM, 0.9, 0.95, 0.98)
Row = dict[str, Any]


def asked(name: str, gold: Path, index: Path, limit: int | None) -> Iterator[Row]:
    """What each question of a set gets."""
    questions = [each for each in draw(load_gold(gold), limit) if each.answers and not each.history]
    assistant = Assistant.open(load_config(overrides={"index": index, "llm": {"model": "none"}}))
    for number, question in enumerate(questions, start=1):
        yield row(name, question, assistant.evidence(question.question, today=TODAY))
        if number % 50 == 0:
            print(f"{name}: {number} of {len(questions)}", flush=True)


def row(name: str, question: GoldQuestion, evidence: Evidence) -> Row:
    """One question's short answer, judged."""
    made: Row = {
        "set": name,
        "id": question.id,
        "half": half(next(iter(question.qrels), question.id)),
    }
    quote = evidence.quotes[0] if evidence.quotes else None
    if evidence.short is None or quote is None or quote.answer is None:
        return made | {"signals": None, "question": question.question, "quote": quote.text if quote else ""}
    answer = quote.text[quote.answer[0] - quote.start : quote.answer[1] - quote.start]
    given = {"question": question.question, "quote": quote.text, "answer": answer, "accepted": question.answers}
    return judged(made | {"signals": evidence.short.signals, **given})


def judged(made: Row) -> Row:
    """A row with what its answer is worth, if there is one."""
    if made["signals"] is None:
        return made
    answer, accepted, english = made["answer"], made["accepted"], language_of(made["question"]) == "en"
    return made | {
        "right": agrees(answer, accepted, english=english),
        "exact": exact_match(answer, accepted, english=english),
        "f1": token_f1(answer, accepted, english=english),
    }


def half(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % 2


def weights_of(rows: Iterable[Row]) -> list[float]:
    """Logistic weights of the signals, by whether the answer is right; signals that never vary weigh nothing."""
    given = [each for each in rows if each["signals"] is not None]
    signals = np.array([each["signals"] for each in given], dtype=np.float64)
    return [
        float(weight)
        for weight in logistic_weights(signals, np.array([each["right"] for each in given], dtype=np.bool_))
    ]


def chances(rows: Sequence[Row], weights: Sequence[float]) -> list[float]:
    """The probability of each row's answer, -1 where there is none."""
    return [
        -1.0 if each["signals"] is None else float(1 / (1 + np.exp(-np.dot(weights, each["signals"])))) for each in rows
    ]


def curve(title: str, rows: Sequence[Row], weights: Sequence[float]) -> None:
    """Print, for each threshold, the share of questions with a short answer, and of these that are right or exact."""
    print(f"\n{title}: {len(rows)} questions\n{'from':>6}{'shown':>9}{'right':>9}{'exact':>9}{'F1':>9}")
    found = chances(rows, weights)
    for threshold in STEPS:
        shown = [each for each, chance in zip(rows, found, strict=True) if chance >= threshold]
        means = [
            np.mean([each[name] for each in shown]) if shown else float("nan") for name in ("right", "exact", "f1")
        ]
        mark = "  <" if threshold == SHOWN_FROM else ""
        print(f"{threshold:>6}{len(shown) / len(rows):>9.3f}{means[0]:>9.3f}{means[1]:>9.3f}{means[2]:>9.3f}{mark}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="NAME=GOLD:INDEX")
    parser.add_argument("--limit", type=int, help="questions drawn from each set")
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    sets = {name: place.split(":") for name, place in (each.split("=", 1) for each in arguments.sets)}
    if arguments.kept and arguments.kept.is_file():
        rows = [json.loads(line) for line in arguments.kept.read_text(encoding="utf-8").splitlines()]
        rows = [judged(each) for each in rows if each["set"] in sets]
    else:
        rows = [
            each
            for name, (gold, index) in sets.items()
            for each in asked(name, Path(gold), Path(index), arguments.limit)
        ]
        if arguments.kept:
            lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in rows)
            arguments.kept.write_text("".join(lines), encoding="utf-8")
    weights = weights_of(each for each in rows if each["half"] == 0)
    held_back = [each for each in rows if each["half"] == 1]
    for name in sets:
        curve(name, [each for each in held_back if each["set"] == name], weights)
    curve("all", held_back, weights)
    if arguments.write:
        counted = {
            name: len({each["id"] for each in rows if each["set"] == name and each["half"] == 0}) for name in sets
        }
        write_weights(
            "short_answers",
            WeightsFile(
                ShortAnswerWeights(tuple(weights), short_answer_weights().shown_from),
                made_by="tests/benchmarks/short_answers.py",
                fitted_on=tuple(
                    TrainingSet(name, hashlib.sha256(Path(gold).read_bytes()).hexdigest(), counted[name])
                    for name, (gold, _) in sets.items()
                ),
                split="half of the articles, told by the SHA-256 of their ids",
                not_fitted={"shown_from": "read off the curve of the held-out half"},
            ),
        )


if __name__ == "__main__":
    main()
