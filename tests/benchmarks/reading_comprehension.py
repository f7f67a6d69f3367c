"""How well the reader reads: with the right passage given, and beside passages that do not answer.

python tests/benchmarks/reading_comprehension.py GOLD.jsonl ARTICLES.jsonl [GOLD.jsonl ARTICLES.jsonl ...]
    [--reader FILE] [--limit N]

Printed for each gold set are the exact match and token F1 of the best span of the right article, and the AUROC of the
log odds of an answer between it and another passage of the same title; then the milliseconds for ten passages of about
200 tokens and the peak memory. A question takes about a tenth of a second. With --model NAME that language model reads
in its place, told to copy the shortest words that answer. With --questions OTHER the questions are those of a parallel
gold set, which asks the same ones in another language.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from rag.config import load_config
from rag.evaluation.gold import GoldQuestion, load_gold
from rag.evaluation.metrics import auroc, exact_match, token_f1
from rag.models.llm import LanguageModel
from rag.models.loading import load_llm
from rag.models.pinned_embedding import exported_graph
from rag.models.reader import READER, SpanReader
from rag.models.registry import models_folder
from rag.training.qa_dataset import load_articles, source_id

TIMED = 20
INSTRUCTION = "Copy from the text the shortest words that answer the question. Write nothing else."


def sample(gold: Path, parallel: Path | None, limit: int | None) -> list[GoldQuestion]:
    """The questions that have an answer, or some of them, as they are or as a `parallel` set asks them."""
    others = {source_id(each.id): each.question for each in load_gold(parallel or gold)}
    questions = [
        replace(each, question=others[source_id(each.id)])
        for each in load_gold(gold)
        if each.answers and each.qrels and source_id(each.id) in others
    ]
    if not questions:
        raise SystemExit(f"{gold}: none of its questions is in {parallel}")
    return random.Random(3).sample(questions, limit) if limit is not None and limit < len(questions) else questions


def measure(reader: SpanReader, questions: Sequence[GoldQuestion], articles: Path) -> dict[str, float]:
    """Exact match, token F1, and AUROC of an answer being there."""
    texts = load_articles(articles)
    beside: defaultdict[str, list[str]] = defaultdict(list)
    for name, (title, _) in texts.items():
        beside[f"{title}{name[-3:] if name.startswith('xquad') else ''}"].append(name)
    rng = random.Random(4)
    exact, f1, odds, answerable = [], [], [], []
    for each in questions:
        right = next(iter(each.qrels))
        title, text = texts[right]
        key = f"{title}{right[-3:] if right.startswith('xquad') else ''}"
        others = [name for name in beside[key] if name != right and each.answers[0] not in texts[name][1]]
        shown = [texts[right], *(texts[name] for name in rng.sample(others, min(1, len(others))))]
        readings = reader.read(each.question, shown)
        best = readings[0].best_answer()
        answer = text[best.start : best.end] if best else ""
        english = right.endswith("-en")
        exact.append(exact_match(answer, each.answers, english=english))
        f1.append(token_f1(answer, each.answers, english=english))
        odds += [reading.relevance for reading in readings]
        answerable += [True, *[False] * (len(readings) - 1)]
    return {
        "questions": len(questions),
        "token F1": statistics.mean(f1),
        "exact match": statistics.mean(exact),
        "AUROC": auroc(odds, answerable),
    }


def measure_llm(llm: LanguageModel, questions: Sequence[GoldQuestion], articles: Path) -> dict[str, float]:
    """Exact match and token F1 of what a language model says, and the median seconds for a question."""
    from llama_index.core.llms import ChatMessage

    texts = load_articles(articles)
    exact, f1, taken = [], [], []
    for each in questions:
        right = next(iter(each.qrels))
        prompt = f"{texts[right][1]}\n\n{INSTRUCTION}\n{each.question}"
        begin = time.perf_counter()
        answer = "".join(llm.stream([ChatMessage(prompt)], max_tokens=48, timeout=120.0)).strip().strip('".')
        taken.append(time.perf_counter() - begin)
        exact.append(exact_match(answer, each.answers, english=right.endswith("-en")))
        f1.append(token_f1(answer, each.answers, english=right.endswith("-en")))
    return {
        "questions": len(questions),
        "token F1": statistics.mean(f1),
        "exact match": statistics.mean(exact),
        "seconds": statistics.median(taken),
    }


def milliseconds(reader: SpanReader, gold: Path, articles: Path) -> float:
    """The median time for ten passages of about 200 tokens."""
    texts = [
        (title, " ".join(text.split()[:145])) for title, text in load_articles(articles).values() if len(text) > 700
    ]
    taken = []
    for at, each in enumerate(load_gold(gold)[:TIMED]):
        begin = time.perf_counter()
        reader.read(each.question, texts[10 * at : 10 * at + 10])
        taken.append(time.perf_counter() - begin)
    return 1000 * statistics.median(taken)


def report_of(
    sets: Sequence[tuple[Path, Path]],
    sampled: Callable[[Path], Sequence[GoldQuestion]],
    measured: Callable[[Sequence[GoldQuestion], Path], dict[str, float]],
) -> dict[str, object]:
    """What is measured of each gold set and its articles, printed as each is done."""
    report: dict[str, object] = {}
    for gold, articles in sets:
        report[str(gold)] = scores = measured(sampled(gold), articles)
        print(f"{gold.name:20}" + "".join(f"  {name} {value:.3f}" for name, value in scores.items()), flush=True)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+", help="gold and articles, in turn")
    parser.add_argument("--reader", type=Path, default=READER)
    parser.add_argument("--model", help="a language model that reads instead")
    parser.add_argument("--questions", type=Path, help="a parallel gold set whose questions are asked")
    parser.add_argument("--limit", type=int, help="questions of each set")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    sets = list(zip(arguments.sets[::2], arguments.sets[1::2], strict=True))
    questions = partial(sample, parallel=arguments.questions, limit=arguments.limit)
    config = load_config()
    if arguments.model:
        llm = load_llm(config.llm.model_copy(update={"model": arguments.model}), config.models)
        assert llm, "none is no model"
        with closing(llm):
            report = report_of(sets, questions, partial(measure_llm, llm))
    else:
        reader = SpanReader(exported_graph(models_folder(config.models)), arguments.reader)
        report = report_of(sets, questions, partial(measure, reader))
        report["milliseconds"] = milliseconds(reader, *sets[0])
        report["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"ten passages {report['milliseconds']:.0f} ms, peak memory {report['MB']:.0f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
