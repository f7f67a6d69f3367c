"""How good the rankings are, however a question is typed, and between languages.

python tests/benchmarks/retrieval.py [GOLD.jsonl --index DIR] [--xquad FOLDER] [--limit N] [--json FILE]

GOLD: its questions as they stand, without diacritics, and in NFD, over the collection DIR.

XQuAD: passages and questions that are parallel in twelve languages; FOLDER holds articles.jsonl and a gold.LANG.jsonl
for each. Every language is a collection of its own, made below --xquad-index and kept there. Questions are asked in
each language over each collection, with the whole search and with the dense leg alone: all over their own language,
200 over another (some half an hour on two processors).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag.assistant import Assistant
from rag.evaluation.gold import GoldQuestion, load_gold
from rag.evaluation.metrics import mrr_at_k, ndcg_at_k, recall_at_k
from rag.evaluation.outcome import DEPTH
from rag.index.snapshot import Collection, Snapshot
from rag.models.embedder import Embedder, Vectors
from rag.text.normalize import fold

FORMS: Mapping[str, Callable[[str], str]] = {
    "as typed": str,
    "without diacritics": fold,
    "NFD": lambda question: unicodedata.normalize("NFD", question),
}
ACROSS = 200
MILLISECONDS = "ms p50"

Search = Callable[[str], Sequence[str]]
Row = dict[str, float]
Matrix = dict[str, dict[str, Row]]


def full(assistant: Assistant) -> Search:
    """A question -> the articles of its passages, best first."""
    return lambda question: [passage.article_id for passage in assistant.search(question, top_n=DEPTH)]


def dense(snapshot: Snapshot, vectors: Mapping[str, Vectors]) -> Search:
    """A question -> the articles of the chunks nearest to its vector, best first."""

    def search(question: str) -> list[str]:
        ids = snapshot.dense.search(vectors[question], DEPTH).ids.tolist()
        chunks = snapshot.store.chunks(ids)
        return [chunks[chunk].article_id for chunk in ids]

    return search


def measure(search: Search, gold: Sequence[GoldQuestion], form: Callable[[str], str] = str) -> Row:
    """Means over the questions, and the median milliseconds of a search."""
    rows: list[Row] = []
    for question in gold:
        begin = time.perf_counter()
        found = search(form(question.question))
        milliseconds = (time.perf_counter() - begin) * 1000
        ranking = list(dict.fromkeys(found))
        recalls = {f"recall@{k}": recall_at_k(ranking, question.qrels, k) for k in (1, 5, 10)}
        ranks = {"MRR@10": mrr_at_k(ranking, question.qrels, 10), "nDCG@10": ndcg_at_k(ranking, question.qrels, 10)}
        rows.append({**recalls, **ranks, MILLISECONDS: milliseconds})
    return {**mean(rows), MILLISECONDS: statistics.median(row[MILLISECONDS] for row in rows)}


def mean(rows: Sequence[Row]) -> Row:
    return {name: statistics.fmean(row[name] for row in rows) for name in rows[0]}


def questions(path: Path, limit: int | None) -> list[GoldQuestion]:
    """The questions of a file that stand alone and have an answer."""
    return spaced([question for question in load_gold(path) if question.qrels and not question.history], limit)


def spaced(gold: Sequence[GoldQuestion], limit: int | None) -> list[GoldQuestion]:
    """At most so many of the questions, evenly spaced, since neighbours ask about the same passage."""
    count = min(limit or len(gold), len(gold))
    return [gold[i * len(gold) // count] for i in range(count)]


def build(articles: Path, index: Path) -> dict[str, Assistant]:
    """An assistant over the passages of each language."""
    lines = defaultdict(list)
    for line in articles.read_text(encoding="utf-8").splitlines():
        lines[json.loads(line)["language"]].append(line)
    index.mkdir(parents=True, exist_ok=True)
    assistants = {}
    for language in sorted(lines):
        passages = index / f"{language}.jsonl"
        passages.write_text("\n".join(lines[language]) + "\n", encoding="utf-8")
        assistants[language] = Assistant.open(index / language)
        assistants[language].ingest([passages])
    return assistants


def over(gold: Sequence[GoldQuestion], language: str) -> list[GoldQuestion]:
    """The questions with the same passages in another language; the id of a passage ends with its language."""
    return [
        replace(question, qrels={f"{key.rsplit('-', 1)[0]}-{language}": grade for key, grade in question.qrels.items()})
        for question in gold
    ]


def between_languages(folder: Path, index: Path, limit: int | None) -> tuple[Matrix, Matrix]:
    """What each language of the question gets from each language of the passages: whole search, dense leg alone."""
    assistants = build(folder / "articles.jsonl", index)
    gold = {language: questions(folder / f"gold.{language}.jsonl", limit) for language in assistants}
    embedder = next(iter(assistants.values())).embedder
    vectors = embedded(embedder, [question.question for asked in gold.values() for question in asked])
    whole: Matrix = {language: {} for language in gold}
    leg: Matrix = {language: {} for language in gold}
    for passages in gold:
        print(f"over the passages in {passages}", file=sys.stderr)
        snapshot = Collection(index / passages, embedder).snapshot()
        # Each assistant loads the model: one at a time.
        assistant = assistants.pop(passages)
        for language, asked in gold.items():
            some = over(asked if language == passages else spaced(asked, limit or ACROSS), passages)
            whole[language][passages] = measure(full(assistant), some)
            leg[language][passages] = measure(dense(snapshot, vectors), some)
    return whole, leg


def embedded(embedder: Embedder, texts: Sequence[str]) -> dict[str, Vectors]:
    return dict(zip(texts, embedder.embed_queries(texts), strict=True))


def show(title: str, table: Mapping[str, Row]) -> None:
    print(f"\n{title:<34}" + "".join(f"{name:>11}" for name in next(iter(table.values()))))
    for name, row in table.items():
        print(f"{name:<34}" + "".join(f"{value:>11.3f}" for value in row.values()))


def show_languages(title: str, matrix: Matrix) -> None:
    own = {
        language: {name: row[language][name] for name in ("nDCG@10", "recall@1")} for language, row in matrix.items()
    }
    show(f"{title}, in its own language", {**own, "mean": mean(list(own.values()))})
    cells = {language: {to: cell["recall@1"] for to, cell in row.items()} for language, row in matrix.items()}
    across = [value for language, row in cells.items() for to, value in row.items() if to != language]
    print(f"\n{title}, recall@1, questions down, passages across; between languages {statistics.fmean(across):.3f}")
    print("   " + "".join(f"{to:>6}" for to in cells))
    for language, row in cells.items():
        print(f"{language:<3}" + "".join(f"{value:>6.3f}".replace(" 0.", "  .") for value in row.values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="?")
    parser.add_argument("--index", type=Path, help="the collection that GOLD asks")
    parser.add_argument("--xquad", type=Path, metavar="FOLDER")
    parser.add_argument("--xquad-index", type=Path, default=Path("index/xquad"), metavar="DIR")
    parser.add_argument("--limit", type=int, help="questions of a file, evenly spaced")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if bool(arguments.gold) != bool(arguments.index) or not (arguments.gold or arguments.xquad):
        parser.error("give GOLD with --index, or --xquad, or both")
    report: dict[str, Mapping[str, object]] = {}
    if arguments.gold:
        gold, search = questions(arguments.gold, arguments.limit), full(Assistant.open(arguments.index))
        forms = {name: measure(search, gold, form) for name, form in FORMS.items()}
        show("question", forms)
        report["forms"] = forms
    if arguments.xquad:
        whole, leg = between_languages(arguments.xquad, arguments.xquad_index, arguments.limit)
        show_languages("whole search", whole)
        show_languages("dense leg alone", leg)
        report["xquad"] = {"whole search": whole, "dense leg alone": leg}
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
