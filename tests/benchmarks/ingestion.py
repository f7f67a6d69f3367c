"""What an ingestion costs: time and memory, at first, of the same again, and when one article of a hundred changed.

    python tests/benchmarks/ingestion.py ARTICLES.jsonl(.gz) --work DIR --articles 1000 5000 [--made-up] [--files]
        [--before CHECKOUT]

Each number of articles, from the first on, is ingested into a collection of its own, each time in a process of its
own whose time of the processor, of all its threads and of the processes below it, is counted without loading the
model. "embedding" is the share of the wall time spent there. With `--made-up` nothing is embedded: vectors are made
up, so that all the rest shows, tokens counted as ever. With `--files` each article is a text file in a folder, of
which only what changed is read again. With `--before CHECKOUT` the release that lies there ingests the same after
each. Other work on the machine lengthens wall times, seldom those of the processor.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from rag.assistant import Assistant
from rag.config import load_config
from rag.index.ingest import ingest
from rag.index.sqlite_store import SqliteStore
from rag.models.embedder import Embedder, Vectors
from rag.progress import Progress

CHANGED_EACH = 100


@dataclass
class TimedEmbedder:
    """An embedding model and how long it was at work; with `made_up` it only counts tokens."""

    model: Embedder
    made_up: bool
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.name, self.fingerprint = self.model.name, self.model.fingerprint
        self.dimension, self.max_tokens = self.model.dimension, self.model.max_tokens
        self.row = np.full(self.dimension, self.dimension**-0.5, np.float32)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.model.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.model.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if self.made_up:
            return np.tile(self.row, (len(texts), 1))
        begin = time.perf_counter()
        try:
            return self.model.embed_passages(texts, progress)
        finally:
            self.seconds += time.perf_counter() - begin


def articles(path: Path, count: int) -> list[dict[str, Any]]:
    """The first articles of a file."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        return [json.loads(line) for line in itertools.islice(lines, count)]


def write(place: Path, rows: Sequence[dict[str, Any]], *, files: bool) -> None:
    """Write articles as one file or as a folder of files, those that are there so left alone."""
    if not files:
        place.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return
    place.mkdir(exist_ok=True)
    for number, row in enumerate(rows):
        file, text = place / f"{number:06}.txt", f"{row['title']}\n\n{row['text']}"
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def used(who: int) -> float:
    found = resource.getrusage(who)
    return found.ru_utime + found.ru_stime


def taken_in(folder: Path, place: Path, made_up: bool) -> dict[str, float]:
    """Ingest a file or a folder; runs in a process of its own."""
    embedder = TimedEmbedder(Assistant.open().embedder, made_up)
    embedder.model.embed_passages(["Một câu."])
    loaded, begin = used(resource.RUSAGE_SELF), time.perf_counter()
    report = ingest(folder, [place], embedder, load_config().chunks)
    seconds = time.perf_counter() - begin
    with suppress(ImportError):  # an older release reads all files in this process
        from rag.documents.bounded_reading import FILES

        FILES.close()
    return {
        "changed": len(report.added) + len(report.updated),
        "wall s": seconds,
        "processor s": used(resource.RUSAGE_SELF) - loaded + used(resource.RUSAGE_CHILDREN),
        "embedding": embedder.seconds / seconds,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def alone(*arguments: Any) -> dict[str, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(taken_in, *arguments).result()


def measured(count: int, options: argparse.Namespace) -> Iterator[tuple[str, dict[str, float]]]:
    """What each ingestion of so many articles took."""
    rows = articles(options.articles_file, count)
    folder, place = (
        options.work / f"index-{count}",
        options.work / f"articles-{count}{'' if options.files else '.jsonl'}",
    )
    for old in (folder, place):
        shutil.rmtree(old, ignore_errors=True)
        old.unlink(missing_ok=True)
    write(place, rows, files=options.files)
    first = alone(folder, place, options.made_up)
    _, chunks = SqliteStore(folder).count()
    first |= {name: number / first["processor s"] for name, number in (("articles/s", len(rows)), ("chunks/s", chunks))}
    yield "first", first
    yield "again", alone(folder, place, options.made_up)
    for row in rows[::CHANGED_EACH]:
        row["text"] += "\nThêm một câu."
    write(place, rows, files=options.files)
    yield "1 % changed", alone(folder, place, options.made_up)


def main() -> None:
    """Print a line for each ingestion; articles and chunks are by second of the processor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles_file", metavar="ARTICLES", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--articles", type=int, nargs="+", required=True)
    parser.add_argument("--made-up", action="store_true")
    parser.add_argument("--files", action="store_true")
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for count in options.articles:
        for name, found in measured(count, options):
            told = "  ".join(f"{what} {value:,.3f}" for what, value in found.items())
            print(f"{count:,} {name:12} {told}", flush=True)
        if options.before:
            print("the release before:", flush=True)
            ways = [f"--{way}" for way in ("made-up", "files") if getattr(options, way.replace("-", "_"))]
            place = [str(options.articles_file), "--work", str(options.work / "before"), "--articles", str(count)]
            path = str(options.before.resolve())
            subprocess.run(
                [sys.executable, __file__, *place, *ways], env={**os.environ, "PYTHONPATH": path}, check=True
            )


if __name__ == "__main__":
    main()
