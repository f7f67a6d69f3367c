"""What the fitted weights are worth on a collection that they have not seen, beside those fitted on it.

    python -m tests.benchmarks.leave_one_out SET.jsonl ... --work DIR [--questions N] [--only NAME ...]

Each set, in the layout of `hoidap train weights` (see `training_set.py`), is a collection of its own, without a fourth
of its subjects. On the half of its questions that nothing is fitted on, the weights that ship are measured, those
fitted on the other half, those fitted on all other sets, and those fitted on all sets; sets whose names begin alike up
to the first dot are left out together. Passages are ranked with the fusion that ships where later weights are fitted.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.config import load_config
from rag.errors import GoldError
from rag.index.store import StoredChunk
from rag.models.embedder import Vectors
from rag.models.weights_file import using_weights
from rag.retrieval.fusion_weights import fusion_weights
from rag.retrieval.sentence_vectors import SentenceVectors
from rag.training.answerability_fit import fit_answerability, judge, measure_answerability
from rag.training.evidence_fit import fit_evidence, measure_evidence
from rag.training.fusion_fit import fit_fusion, measure_fusion
from rag.training.retrieved_question import RankedQuestion, RetrievedQuestion, TrainingCollection
from rag.training.short_answer_fit import fit_short_answers, judge_answers, measure_short_answers
from rag.training.weight_questions import sample_questions

# Leg by leg, as people mix them without fitting.
PLAIN = {"dense": 0.7, "lexical": 0.3, **dict.fromkeys(("content", "pairs", "named", "length", "sentence"), 0.0)}
Fit = Callable[[Sequence["Part"]], Any]
Measure = Callable[["Part"], dict[str, float]]


@dataclass(frozen=True, eq=False)
class Part:
    """Half of the questions of a set: those of its collection that are answerable, and all, ranked."""

    collection: TrainingCollection
    retrieved: list[RetrievedQuestion]
    ranked: list[RankedQuestion]

    @property
    def answerable(self) -> list[RankedQuestion]:
        return [each for each in self.ranked if each.question.answerable]


class VectorsOfAll(SentenceVectors):
    """The vectors of the sentences of all sets: each article has an id that is its alone."""

    def __init__(self) -> None:
        self.of_articles: dict[str, SentenceVectors] = {}

    def of(self, chunks: Sequence[StoredChunk]) -> list[Vectors]:
        return self.of_articles[chunks[0].article_id].of(chunks) if chunks else []


ALL_VECTORS = VectorsOfAll()


def read(path: Path, work: Path, count: int) -> tuple[Part, Part]:
    """The half of a set to fit on, and that to measure with."""
    sample = sample_questions([path], None, frozenset(), count, 1)
    folder = work / path.stem
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "articles.jsonl").write_text("".join(sample.articles), encoding="utf-8")
    assistant = Assistant.open(load_config(overrides={"index": str(folder / "index"), "llm": {"model": "none"}}))
    assistant.ingest(folder / "articles.jsonl")
    collection = TrainingCollection(assistant)
    ALL_VECTORS.of_articles.update((each.id, collection.vectors) for each in assistant.articles())
    retrieved = collection.retrieve(sample.questions, lambda *_: None)
    ranked = collection.rank(retrieved, lambda *_: None)
    fitted, rest = (
        Part(
            collection,
            [each for each in retrieved if each.question.fitted is half and each.question.answerable],
            [each for each in ranked if each.question.fitted is half],
        )
        for half in (True, False)
    )
    print(f"{path.stem}: {len(assistant.articles())} passages, {len(rest.retrieved)} questions measured", flush=True)
    return fitted, rest


def _judged(parts: Sequence[Part]) -> Any:
    return [each for part in parts for each in judge(part.ranked, part.collection)]


def _answers(parts: Sequence[Part]) -> Any:
    return [each for part in parts for each in judge_answers(part.answerable, part.collection)]


FITS: Mapping[str, tuple[Fit, Measure]] = {
    "fusion": (
        lambda parts: fit_fusion([each for part in parts for each in part.retrieved], ALL_VECTORS),
        lambda part: measure_fusion(part.retrieved, ALL_VECTORS),
    ),
    "evidence": (
        lambda parts: fit_evidence([each for part in parts for each in part.answerable], parts[0].collection),
        lambda part: measure_evidence(part.answerable, part.collection),
    ),
    "answerability": (
        lambda parts: fit_answerability(_judged(parts)),
        lambda part: measure_answerability(judge(part.ranked, part.collection), load_config().answer.refuse_below),
    ),
    "short_answers": (
        # Where they stand first from is read off the answers that the weights are fitted on.
        lambda parts: fit_short_answers(_answers(parts), _answers(parts)),
        lambda part: measure_short_answers(_answers([part])),
    ),
}


def shown(measured: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in measured.items())


def compare(name: str, sets: Mapping[str, tuple[Part, Part]]) -> None:
    """Print how the weights of one name do on each set, by what they were fitted on."""
    fit, measure = FITS[name]
    print(f"\n{name}", flush=True)
    for each, (own, rest) in sets.items():
        others = [part for other, (part, _) in sets.items() if other.partition(".")[0] != each.partition(".")[0]]
        ways: dict[str, Any] = {"shipped": None, "fitted on it": [own], "on all others": others}
        ways["on all"] = [part for part, _ in sets.values()]
        if name == "fusion":
            ways["plain mix"] = replace(fusion_weights(), **PLAIN)
        for way, of in ways.items():
            try:
                weights = fit(of) if isinstance(of, list) else of
            except (GoldError, ValueError) as error:
                print(f"  {each:20} {way:16} {error}")
                continue
            with using_weights(name, weights) if weights else nullcontext():
                found = measure(rest)
            print(f"  {each:20} {way:16} {shown(found)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--only", choices=[*FITS], nargs="*", default=[*FITS])
    options = parser.parse_args()
    sets = {path.stem: read(path, options.work, options.questions) for path in options.sets}
    for name in options.only:
        compare(name, sets)


if __name__ == "__main__":
    main()
