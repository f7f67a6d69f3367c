"""How well the check of a sentence tells what its quote bears out from what it does not.

python tests/benchmarks/citations.py GOLD.jsonl ARTICLES.jsonl [--limit N] [--json FILE]

A statement is a question with its answer in place of the word that asks; the right quote is the sentence of the article
that holds the answer and most of the question. Statements are checked against it, against another sentence of the same
article, and against it after a number of theirs was changed, a name exchanged, or the verb negated; so are copies of
the quote that were changed in the same ways. What is true should be borne out, at least in part; of what is not,
nothing should be `supported`. With the cosines of both, for the threshold of paraphrases.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.answering.answer_check import AnswerCheck
from rag.answering.quote import Quote
from rag.answering.verification import RuleCheck
from rag.config import load_config
from rag.evaluation.gold import load_gold
from rag.models.loading import load_embedder
from rag.models.registry import models_folder
from rag.models.text_vectors import TextVectors
from rag.text.names import names
from rag.text.sentences import sentences
from rag.text.words import content_words, words

_ASKS = re.compile(
    r"(?:là )?(?:vào )?(?:bao nhiêu|bao lâu|(?:ngày|năm|tháng|thời gian|khi|lúc|nơi|người|nước|tên|chức vụ) (?:nào|gì)"
    r"|như thế nào|những gì|ở đâu|là ai|mấy|ai|gì|đâu|nào)\b",
    re.IGNORECASE,
)
_VERB = re.compile(r" (?=(?:là|được|có|đã|bị|thuộc|nằm|gồm|giữ|làm|mang) )")


@dataclass(frozen=True)
class Pair:
    """A sentence and the quote that it is held against; `kind` says what was done to it."""

    kind: str
    sentence: str
    quote: str
    title: str


def pairs(gold: Path, articles: Path, limit: int) -> Iterator[Pair]:
    """Pairs of all kinds, the same ones each time."""
    dice = random.Random(7)
    texts = {each["id"]: each for each in map(json.loads, articles.open(encoding="utf-8"))}
    questions = [each for each in load_gold(gold) if each.answers and each.qrels and _ASKS.search(each.question)]
    for each in dice.sample(questions, min(limit, len(questions))):
        article = texts[next(iter(each.qrels))]
        text, title, answer = article["text"], article["title"], each.answers[0]
        found = [text[start:end] for start, end in sentences(text)]
        asked = set(content_words(words(each.question), "vi"))
        holding = [one for one in found if answer in one]
        if not holding:
            continue
        right = max(holding, key=lambda one: len(asked & set(words(one))))
        stated = _ASKS.sub(answer.replace("\\", ""), each.question.rstrip(" ?"), count=1) + "."
        for kind, said in (("statement", stated), ("copy", right)):
            yield Pair(f"{kind}, true", said, right, title)
            others = [one for one in found if one != right and answer not in one]
            if others:
                yield Pair(f"{kind}, another sentence", said, dice.choice(others), title)
            for change, changed in _changed(said, answer, text, dice):
                yield Pair(f"{kind}, {change}", changed, right, title)


def _changed(said: str, answer: str, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    numbers = re.findall(r"\d+", said)
    if numbers:
        number = dice.choice(numbers)
        other = str(int(number) + dice.choice((1, 2, 10)))
        yield "number changed", re.sub(rf"(?<!\d){number}(?!\d)", other, said, count=1)
    named = [name for name in names(said) if not any(map(str.isdigit, name)) and " " in name]
    others = [name for name in names(text) if not any(map(str.isdigit, name)) and " " in name and name not in said]
    if named and others:
        yield "name exchanged", said.replace(dice.choice(named), dice.choice(others), 1)
    if _VERB.search(said) and " không " not in said:
        yield "negated", _VERB.sub(" không ", said, count=1)


def measure(found: list[Pair], cosines: list[float], check: AnswerCheck) -> dict[str, object]:
    """Shares of the verdicts for each kind, and the quantiles of the cosine."""
    verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    near: defaultdict[str, list[float]] = defaultdict(list)
    for pair, cosine in zip(found, cosines, strict=True):
        quote = Quote("", pair.title, "", None, "vi", 0, len(pair.quote), pair.quote, 0.0)
        verdicts[pair.kind][check.check(pair.sentence, [quote]).support] += 1
        near[pair.kind].append(cosine)
    for kind, counts in verdicts.items():
        whole = counts.total()
        shares = "  ".join(f"{name} {counts[name] / whole:.3f}" for name in ("supported", "partly", "unsupported"))
        quantiles = " ".join(f"{value:.3f}" for value in np.quantile(near[kind], (0.05, 0.25, 0.5, 0.75, 0.95)))
        print(f"{kind:32}{whole:6}  {shares}  cosine {quantiles}")
    true, false = (
        sum((counts for kind, counts in verdicts.items() if kind.endswith(", true") == wanted), Counter())
        for wanted in (True, False)
    )
    supported, shown = true["supported"], true["supported"] + true["partly"]
    report = {
        "precision of supported": supported / (supported + false["supported"]),
        "recall of supported": supported / true.total(),
        "recall of supported or partly": shown / true.total(),
        "supported though not true": false["supported"] / false.total(),
        "shown though not true": (false["supported"] + false["partly"]) / false.total(),
    }
    for name, value in report.items():
        print(f"{name:32}{value:.3f}")
    return {"verdicts": {kind: dict(counts) for kind, counts in verdicts.items()}, **report}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--limit", type=int, default=400, help="questions that pairs are made of")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = list(pairs(arguments.gold, arguments.articles, arguments.limit))
    config = load_config()
    embedder = load_embedder(config.embedding, models_folder(config.models))
    vectors = TextVectors(embedder)
    own, other = (vectors.of([getattr(pair, part) for pair in found]) for part in ("sentence", "quote"))
    report = measure(found, (own * other).sum(axis=1).tolist(), RuleCheck(vectors))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
