"""How fast and how large a collection of many chunks is.

    python tests/benchmarks/scale.py ARTICLES.jsonl(.gz) --questions GOLD.jsonl --chunks 100000 500000 --work DIR
        [--vectors COLLECTION] [--json FILE]

Each collection is built by the project's own ingestion. Where the articles run out they are repeated with another id,
a title with a mark, and a mark in the text. A chunk with a mark is not embedded: it gets the vector of the same text
without marks, plus noise of length 0.3, to unit length again. With --vectors nothing is embedded: vectors are taken by
key from that collection, which is only read, and a chunk that has none there gets one of them that its key chooses,
plus noise. Times and sizes do not depend on that; how good the rankings are is not measured, only what the dense leg
finds of what an exact search finds. Every stage runs in a process of its own, on a warm file cache. A collection that
lies in DIR is used again.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from rag.assistant import Assistant
from rag.config import load_config
from rag.documents.article import Article
from rag.documents.chunking import split_into_chunks
from rag.evaluation.gold import load_gold
from rag.index.dense import DenseIndex
from rag.index.ingest import ingest, remove
from rag.index.snapshot import Collection
from rag.index.sqlite_store import FILE, SqliteStore
from rag.models.embedder import Embedder, Vectors
from rag.progress import Progress

MARK = re.compile(r" \(bản \d+\)")
NOISE = 0.3
ADDED = 100
QUESTIONS = 200
DEPTH = 100


@dataclass
class ReusingEmbedder:
    """An embedding model that embeds no text twice, and none that differs from another by marks only."""

    model: Embedder
    known: dict[str, np.ndarray[Any, np.dtype[np.float16]]]
    embeds: bool
    seconds: float = 0.0
    given: dict[str, int] = field(default_factory=lambda: {"its own": 0, "of a text without marks": 0, "chosen": 0})

    def __post_init__(self) -> None:
        self.name, self.fingerprint = self.model.name, self.model.fingerprint
        self.dimension, self.max_tokens = self.model.dimension, self.model.max_tokens
        self.keys = list(self.known)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.model.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.model.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        begin = time.perf_counter()
        if self.embeds:
            bare = {_key(text): text for text in (MARK.sub("", text) for text in texts)}
            new = [key for key in bare if key not in self.known]
            vectors = self.model.embed_passages([bare[key] for key in new], progress).astype(np.float16)
            self.known.update(zip(new, vectors, strict=True))
        rows = np.stack([self._vector(text) for text in texts])
        self.seconds += time.perf_counter() - begin
        return rows

    def _vector(self, text: str) -> Vectors:
        key, bare = _key(text), _key(MARK.sub("", text))
        if key in self.known:
            self.given["its own"] += 1
            return self.known[key].astype(np.float32)
        self.given["of a text without marks" if bare in self.known else "chosen"] += 1
        chosen = bare if bare in self.known else self.keys[int(key, 16) % len(self.keys)]
        noise = np.random.default_rng(int(key[:16], 16)).normal(0, NOISE / self.dimension**0.5, self.dimension)
        row = (self.known[chosen] + noise).astype(np.float32)
        return np.asarray(row / np.linalg.norm(row), np.float32)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def reusing(vectors: Path | None) -> ReusingEmbedder:
    known = {}
    if vectors:
        connection = sqlite3.connect(f"file:{vectors / FILE}?mode=ro", uri=True)
        known = {key: np.frombuffer(row, np.float16) for key, row in connection.execute("SELECT * FROM vectors")}
        connection.close()
    return ReusingEmbedder(Assistant.open().embedder, known, embeds=vectors is None)


def read(path: Path) -> list[dict[str, Any]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return [json.loads(line) for line in text.split("\n") if line]


def repeated(articles: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The articles, and then again and again with marks."""
    yield from articles
    for round_ in count(2):
        mark = f" (bản {round_})"
        for article in articles:
            text = article["text"].replace(" ", f"{mark} ", 1)
            yield {**article, "id": f"{article['id']}/{round_}", "title": article["title"] + mark, "text": text}


def write(path: Path, articles: Iterator[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(article, ensure_ascii=False) + "\n" for article in articles)
    return path


def chunks_each(articles: Sequence[dict[str, Any]], embedder: Embedder) -> float:
    """How many chunks an article has, on average over some 300 of them."""
    settings, some = load_config().chunks, articles[:: max(1, len(articles) // 300)]
    cut = (split_into_chunks(Article(**row), embedder.count_tokens, **settings.model_dump()) for row in some)
    return sum(map(len, cut)) / len(some)


def memory(*names: str) -> dict[str, float]:
    """MB of this process, as the kernel names them."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    values = dict(line.split(":", 1) for line in lines)
    return {name: int(values[name].split()[0]) / 1e3 for name in names}


def put(folder: Path, file: Path, vectors: Path | None) -> dict[str, Any]:
    """Ingest a file."""
    embedder = reusing(vectors)
    begin = time.perf_counter()
    report = ingest(folder, [file], embedder, load_config().chunks)
    seconds = time.perf_counter() - begin
    return {
        "articles": len(report.added),
        "seconds": seconds,
        "without embedding": seconds - embedder.seconds,
        "peak MB": memory("VmHWM")["VmHWM"],
        "vectors": embedder.given,
    }


def take(folder: Path, article_ids: Sequence[str]) -> float:
    begin = time.perf_counter()
    remove(folder, article_ids)
    return time.perf_counter() - begin


def opened(folder: Path) -> dict[str, float]:
    begin = time.perf_counter()
    assistant = Assistant.open(folder)
    loading = time.perf_counter()
    _ = assistant.embedder
    loaded = time.perf_counter()
    assistant.status()
    end = time.perf_counter()
    return {"model s": loaded - loading, "collection s": end - loaded, "all s": end - begin}


def searched(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds of a search and of its parts, memory, and what the dense leg finds."""
    assistant = Assistant.open(folder)
    assistant.search(questions[0])
    whole = timed(assistant.search, questions)
    used = memory("VmHWM", "RssAnon", "RssFile")
    snapshot = Collection(folder, assistant.embedder).snapshot()
    rows = assistant.embedder.embed_queries(questions)
    dense = DenseIndex.load(folder / "derived" / snapshot.manifest.build)
    everything = dense.ids
    found = [
        [len(np.intersect1d(dense.search(row, k).ids, dense.search(row, k, everything).ids)) / k for k in (10, DEPTH)]
        for row in rows
    ]
    return {
        "search ms": whole,
        "dense ms": timed(lambda row: dense.search(row, DEPTH), rows),
        "dense, exact ms": timed(lambda row: dense.search(row, DEPTH, everything), rows),
        "lexical ms": timed(lambda question: snapshot.lexical.search(question, DEPTH), questions),
        "memory MB": {"peak": used["VmHWM"], "own": used["RssAnon"], "of files": used["RssFile"]},
        "dense leg": dict(zip(("recall@10", f"recall@{DEPTH}"), np.mean(found, axis=0).tolist(), strict=True)),
    }


def timed(work: Callable[[Any], Any], values: Iterable[Any]) -> dict[str, float]:
    milliseconds = []
    for value in values:
        begin = time.perf_counter()
        work(value)
        milliseconds.append((time.perf_counter() - begin) * 1e3)
    return {"p50": float(np.percentile(milliseconds, 50)), "p95": float(np.percentile(milliseconds, 95))}


def sizes(folder: Path) -> dict[str, float]:
    """MB on disk by part."""
    build = folder / "derived" / SqliteStore(folder).manifest().build
    parts = {"articles and vectors": [folder / FILE], "words": [*(build / "lexical").iterdir()]}
    parts |= {file.name: [file] for file in sorted(build.glob("*.faiss"))}
    return {name: sum(file.stat().st_size for file in files) / 1e6 for name, files in parts.items()}


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """The result of the work, done in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def measure(
    articles: Sequence[dict[str, Any]],
    each: float,
    chunks: int,
    questions: Sequence[str],
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    folder, told = arguments.work / str(chunks), arguments.work / f"{chunks}.json"
    many = round(chunks / each)
    if not told.is_file():
        file = write(arguments.work / f"{chunks}.jsonl", islice(repeated(articles), many))
        told.write_text(json.dumps(alone(put, folder, file, arguments.vectors)), encoding="utf-8")
    held = SqliteStore(folder).count()
    report = {"articles": held[0], "chunks": held[1], "build": json.loads(told.read_text(encoding="utf-8"))}
    report |= {"disk MB": sizes(folder), "open": alone(opened, folder), **alone(searched, folder, questions)}
    more = list(islice(repeated(articles), many, many + ADDED))
    file = write(arguments.work / f"{chunks}-more.jsonl", iter(more))
    report[f"add {ADDED} articles"] = alone(put, folder, file, arguments.vectors)
    report[f"remove {ADDED} articles"] = {"seconds": alone(take, folder, [row["id"] for row in more])}
    return report


def flat(report: dict[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    for name, value in report.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}, ")
        else:
            yield above + name, value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--chunks", type=int, nargs="+", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, help="a collection whose vectors are used again")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    questions = [gold.question for gold in load_gold(arguments.questions) if not gold.history][:QUESTIONS]
    articles = read(arguments.articles)
    each = chunks_each(articles, Assistant.open().embedder)
    reports = {}
    for chunks in arguments.chunks:
        print(f"{chunks:,} chunks", file=sys.stderr)
        reports[str(chunks)] = measure(articles, each, chunks, questions, arguments)
    columns = [dict(flat(report)) for report in reports.values()]
    for name in columns[-1]:
        print(f"{name:<60}" + "".join(f"{column.get(name, 0):>14,.3f}" for column in columns))
    print("Articles beyond those given repeat them with marks; their vectors, and those not in --vectors, are made up.")
    if arguments.json:
        arguments.json.write_text(json.dumps(reports, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
