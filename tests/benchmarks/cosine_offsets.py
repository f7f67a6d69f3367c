"""How near the embedding model puts a question to texts that have nothing to do with it, by the languages of both.

python tests/benchmarks/cosine_offsets.py XQUAD [--limit N] [--write]

XQUAD is a folder with parallel `articles.jsonl` and `gold.LANGUAGE.jsonl`. For each language: the mean cosine of
questions in it with sentences of other subjects, under their titles, in the same language and in the others; and pairs
of languages that are more than .02 off the mean of the language of the question. With --write the means of these
languages are put into the table of `rag.models.cosine_offsets`; what it holds of others and of pairs stays.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.config import load_config
from rag.documents.passage_sentences import sentences_of
from rag.evaluation.gold import load_gold
from rag.models.cosine_offsets import TABLE
from rag.models.embedder import Embedder
from rag.models.loading import load_embedder
from rag.models.registry import models_folder
from rag.training.qa_dataset import load_articles

FAR = 0.02
Texts = tuple[NDArray[np.float32], list[str]]


def sentences(embedder: Embedder, articles: Path, languages: list[str], limit: int) -> dict[str, Texts]:
    """A sentence of each of at most `limit` articles, the same in every language: vectors, and their subjects."""
    parallel: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for name, titled in load_articles(articles).items():
        parallel[name[-2:]][name[:-3]] = titled
    subjects = sorted(parallel[languages[0]])
    chosen = random.Random(1).sample(subjects, min(limit, len(subjects)))
    found: dict[str, Texts] = {}
    for language in languages:
        said = []
        for place, name in enumerate(chosen):
            title, text = parallel[language][name]
            cut = sentences_of(text)
            sentence = cut[place % len(cut)]
            said.append(f"{title.replace('_', ' ')}\n{text[sentence.start : sentence.end]}")
        found[language] = (embedder.embed_passages(said), [_subject(name) for name in chosen])
    return found


def questions(embedder: Embedder, gold: Path, limit: int) -> Texts:
    """Vectors of questions, the same in every language, and the subject of each."""
    known = load_gold(gold)
    asked = random.Random(1).sample(known, min(limit, len(known)))
    subjects = [_subject(next(iter(each.qrels))) for each in asked]
    return embedder.embed_queries([each.question for each in asked]), subjects


def _subject(article: str) -> str:
    return article.split("-")[1]


def apart(asked: Texts, said: Texts) -> float:
    """The mean cosine of questions and sentences of different subjects."""
    others = np.array([[subject != other for other in said[1]] for subject in asked[1]])
    return float((asked[0] @ said[0].T)[others].mean())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path)
    parser.add_argument("--limit", type=int, default=60, help="questions and sentences of each language")
    parser.add_argument("--write", action="store_true", help="put the means into the table")
    arguments = parser.parse_args()
    gold = {path.name.split(".")[1]: path for path in sorted(arguments.xquad.glob("gold.*.jsonl"))}
    config = load_config()
    embedder = load_embedder(config.embedding, models_folder(config.models))
    said = sentences(embedder, arguments.xquad / "articles.jsonl", list(gold), arguments.limit)
    means: dict[str, dict[str, float]] = {}
    for language, path in gold.items():
        asked = questions(embedder, path, arguments.limit)
        cosines = {other: apart(asked, each) for other, each in said.items()}
        own = cosines.pop(language)
        across = statistics.mean(cosines.values())
        off = ", ".join(f"{other} {value:.3f}" for other, value in cosines.items() if abs(value - across) > FAR)
        means[language] = {"own": round(own, 3), "across": round(across, 3)}
        print(f"{language}  own {own:.3f}  across {across:.3f}  {off}", flush=True)
    if arguments.write:
        write(means)
    return 0


def write(means: dict[str, dict[str, float]]) -> None:
    """Put the means of languages into the table, one language a line."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    table["languages"] = dict(sorted((table["languages"] | means).items()))
    lines = [f"  {json.dumps(language)}: {json.dumps(mean)}" for language, mean in table["languages"].items()]
    rest = {key: value for key, value in table.items() if key != "languages"}
    head = json.dumps(rest, ensure_ascii=False, indent=1).removesuffix("\n}")
    TABLE.write_text(head + ',\n "languages": {\n' + ",\n".join(lines) + "\n }\n}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
