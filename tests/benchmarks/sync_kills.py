"""Whether a sync that is killed leaves a whole collection, and the next one what an undisturbed one makes.

python -m tests.benchmarks.sync_kills [--kills N] [--seed N]

A collection of a folder and a feed of a web site on this machine, synced once; then files and pages are added, changed
and taken away. A *kill* (SIGKILL) at a random time of the second sync: what is left is whole (`hoidap verify`) and can
be searched, and after a repeated sync articles, chunks, vectors, and what is remembered of the sources are what a sync
makes that nobody killed. Embedding is done by the stand-in of the tests, slowed down, so that no time is lost on it.
Printed are the counts, and what failed with what makes it again. The status is 1 when anything failed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import rag.index.ingest as ingestion
import rag.sources.http_client as http_client
from rag.config import ChunkSettings
from rag.index.integrity import integrity
from rag.index.snapshot import Collection
from rag.index.sources import Sources
from rag.index.sqlite_sources import SqliteSources
from rag.progress import Progress
from tests.benchmarks.attack_tally import Tally
from tests.benchmarks.attacks_on_collections import LIMIT
from tests.doubles import HashEmbedder
from tests.sources.web_site import Site, served

SETTINGS = ChunkSettings(size=32, overlap=4)
FILES, PAGES = 60, 12
WORDS = ("cầu", "rồng", "sông", "hàn", "ga", "hà nội", "đường sắt", "núi", "fansipan", "hội an", "chùa", "một cột")


class SlowEmbedder(HashEmbedder):
    """Takes a while for each batch, so that there is a time at which it can be killed."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        time.sleep(0.005)
        return super().embed_passages(texts, progress)


def synced(index: Path, begun: Event | None = None) -> int:
    """How many articles are there when all sources were brought in."""
    ingestion._BATCH, http_client.PAUSE = 8, 0.0
    if begun:
        begun.set()
    list(Sources(index, SlowEmbedder, SETTINGS).sync())
    return Collection(index, HashEmbedder()).snapshot().store.count()[0]


def text(chance: random.Random, number: int) -> str:
    return " ".join(f"{' '.join(chance.choices(WORDS, k=8))} {number}." for _ in range(chance.randint(1, 12)))


def write(docs: Path, site: Site, numbers: Sequence[int], chance: random.Random) -> None:
    """Files and pages of these numbers, each with a new text."""
    for number in numbers:
        (docs / f"{number}.txt").write_text(f"Bài {number}\n\n{text(chance, number)}", encoding="utf-8")
    for number in numbers[: len(numbers) * PAGES // FILES]:
        site.page(f"/{number}", f"Tin {number}", text(chance, number))
    listed = [path for path in site.replies if path != "/rss"]
    items = "".join(f"<item><title>{chance.random()}</title><link>{path}</link></item>" for path in listed)
    feed = f"<rss version='2.0'><channel><title>x</title>{items}<item><link>/gone</link></item></channel></rss>"
    site.put("/rss", feed.encode(), "text/xml")


def state(index: Path) -> dict[str, object]:
    """All that a collection holds, but for how often it was written."""
    snapshot = Collection(index, HashEmbedder()).snapshot()
    store, chunks = snapshot.store, list(snapshot.store.all_chunks())
    articles = {each.id: store.article(each.id) for each in store.articles()}
    ids, vectors = store.vectors()
    places = {chunk.id: (chunk.article_id, chunk.start, chunk.end) for chunk in chunks}
    found = {question: snapshot.lexical.search(question, 20).ids for question in ("cầu rồng", "hội an", "một cột")}
    with closing(SqliteSources(index)) as table:
        visits = {each.place: table.visits(each.place) for each in table.sources()}
        told = [(each.place, each.kind, each.failure) for each in table.sources()]
    return {
        "articles": articles,
        "chunks": sorted((places[chunk.id], chunk.indexed) for chunk in chunks),
        "vectors": {places[each]: vector.tobytes() for each, vector in zip(ids.tolist(), vectors, strict=True)},
        "dense": len(snapshot.dense.search(HashEmbedder().embed_queries(["cầu rồng"])[0], 10_000)),
        "lexical": {question: {places[each] for each in ids.tolist()} for question, ids in found.items()},
        "sources": told,
        "visits": visits,
    }


def fault_of(index: Path) -> str:
    """What is wrong with a collection; "" when nothing is."""
    found = integrity(index)
    if not found.whole:
        return f"damaged: {found}"
    try:
        state(index)
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    return ""


def kills(count: int, chance: random.Random, folder: Path, site: Site) -> Tally:
    tally, context = Tally("kills of a sync"), get_context("forkserver")
    context.set_forkserver_preload(["tests.benchmarks.attack", "rag.index.sources", "tests.sources.web_site"])
    docs, first = folder / "docs", folder / "first"
    docs.mkdir()
    write(docs, site, range(FILES), chance)
    Sources(first, HashEmbedder, SETTINGS).add([docs, site.at("/rss")], allow_private=True)
    synced(first)
    for number in range(0, FILES, 4):
        (docs / f"{number}.txt").unlink()
    del site.replies["/1"]
    write(docs, site, [*range(2, FILES, 3), *range(FILES, FILES + 20)], chance)
    whole = Path(shutil.copytree(first, folder / "whole"))
    begin = time.monotonic()
    synced(whole)
    duration, expected = time.monotonic() - begin, state(whole)
    for number in range(count):
        index = Path(shutil.copytree(first, folder / f"killed-{number}"))
        begun, after = context.Event(), chance.uniform(0, duration)
        process = context.Process(target=synced, args=(index, begun))
        process.start()
        begun.wait(LIMIT)
        time.sleep(after)
        process.kill()
        process.join()
        at = f"{after:.3f} s after the begin ({'done' if process.exitcode == 0 else 'killed'})"
        if fault := fault_of(index):
            tally.add("not whole when killed", f"{at}: {fault}", failed=True)
            continue
        synced(index)
        found = state(index)
        if other := [name for name in expected if found[name] != expected[name]] or fault_of(index):
            tally.add("another collection after the next sync", f"{at}: {other}, see {index}", failed=True)
            continue
        tally.add("done before it was killed" if process.exitcode == 0 else "the same after the next sync")
        shutil.rmtree(index)
    print(f"an undisturbed sync took {duration:.2f} s: {len(expected['articles'])} articles")  # type: ignore[arg-type]
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, metavar="N")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="by default another each time")
    given = parser.parse_args()
    print(f"--seed {given.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="sync-kills-"))
    with served() as site:
        tally = kills(given.kills, random.Random(given.seed), folder, site)
    print(tally)
    if not tally.failed:
        shutil.rmtree(folder)
    return int(tally.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
