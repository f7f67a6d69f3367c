"""How well the entailment model tells what a text bears out, on data sets that it was not trained on.

    python -m tests.benchmarks.entailment xnli.jsonl.gz vihallu.jsonl.gz=viquad_part:dev yesno.jsonl.gz --graph FILE

A set has `premise`, `hypothesis` and `label`, or `passage`, `question` and `answer`; `FILE=FIELD:VALUE` keeps the lines
with that value, and `--held-out` the tenth of the texts that training leaves out. Of three labels accuracy and macro F1
are printed; of yes and no the precision and the share of the questions decided, by threshold; and milliseconds a pair.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from rag.config import load_config
from rag.models.entailment import Entailment, EntailmentModel
from rag.models.pinned_embedding import exported_graph
from rag.models.registry import models_folder
from rag.training.entailment_dataset import LABELS, is_held_out

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)


def rows(spec: str, *, held_out: bool) -> Iterator[dict[str, Any]]:
    """The lines of a set that are wanted."""
    name, _, kept = spec.partition("=")
    field, _, value = kept.partition(":")
    with gzip.open(name, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            premise = row.get("premise") or row.get("evidence") or row.get("passage")
            if not premise or (kept and str(row.get(field)) != value) or (held_out and not is_held_out(premise)):
                continue
            yield {**row, "premise": premise}


def macro_f1(expected: list[int], found: list[int]) -> float:
    """The mean F1 of the labels."""
    scores = []
    for label in range(len(LABELS)):
        true = sum(e == f == label for e, f in zip(expected, found, strict=True))
        said, is_so = found.count(label), expected.count(label)
        scores.append(2 * true / max(1, said + is_so))
    return float(np.mean(scores))


def main() -> None:
    """Print a line for each set and threshold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--held-out", action="store_true")
    options = parser.parse_args()
    model = EntailmentModel(exported_graph(models_folder(load_config().models)), options.graph)
    for spec in options.sets:
        asked = list(rows(spec, held_out=options.held_out))[: options.limit]
        begun = time.perf_counter()
        found = [model.read(row.get("hypothesis") or row["question"], [row["premise"]])[0] for row in asked]
        milliseconds = (time.perf_counter() - begun) * 1000 / max(1, len(asked))
        print(f"{spec}: {len(asked)} pairs, {milliseconds:.1f} ms each")
        if "label" in asked[0]:
            _labels(asked, found)
        else:
            _verdicts(asked, found)


def _labels(asked: list[dict[str, Any]], found: list[Entailment]) -> None:
    expected = [LABELS.index(row["label"]) for row in asked]
    likely = np.array([[each.contradiction, each.neutral, each.entailment] for each in found])
    best = likely.argmax(axis=1).tolist()
    accuracy = np.mean(np.array(expected) == np.array(best))
    print(f"  accuracy {accuracy:.3f}, macro F1 {macro_f1(expected, best):.3f}")


def _verdicts(asked: list[dict[str, Any]], found: list[Entailment]) -> None:
    expected = [row["answer"] for row in asked]
    for name, value in (("yes", "entailment"), ("no", "contradiction")):
        for threshold in THRESHOLDS:
            said = [e for e, each in zip(expected, found, strict=True) if getattr(each, value) >= threshold]
            right = sum(each == name for each in said)
            share = len(said) / len(asked)
            print(f"  {name} from {threshold:.2f}: {share:.2f} of all, right {right}/{len(said)}")


if __name__ == "__main__":
    main()
